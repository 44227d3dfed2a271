//! The programs, and the acts each decides about.

use libbpf_rs::btf::Btf;
use libbpf_rs::btf::types::{Func, FuncProto};
use peregrine_guard::{Act, Level};

/// A program at a hook of the security modules.
#[derive(Debug)]
pub(super) struct Hook {
    /// The program's name in both objects.
    pub program: &'static str,
    /// The module's hook; `security_` and the function's name where that differs.
    pub module: &'static str,
    pub function: &'static str,
    /// The acts it decides about.
    pub acts: &'static [Act],
    /// The program reads this many arguments, where hooks of several shapes have one name.
    pub arguments: Option<usize>,
}

const fn hook(name: &'static str, acts: &'static [Act]) -> Hook {
    Hook { program: name, module: name, function: name, acts, arguments: None }
}

/// All of them. What one does not see of an act another does.
pub(super) const HOOKS: [Hook; 44] = [
    hook("file_open", &[Act::Open]),
    hook("file_receive", &[Act::Open]),
    hook("path_mknod", &[Act::Create]),
    hook("path_mkdir", &[Act::Create]),
    hook("path_symlink", &[Act::Create]),
    hook("path_link", &[Act::Link, Act::Create]),
    hook("path_rename", &[Act::Create, Act::Remove]),
    hook("path_unlink", &[Act::Remove]),
    hook("path_rmdir", &[Act::Remove]),
    hook("path_truncate", &[Act::Attributes]),
    hook("file_truncate", &[Act::Attributes]),
    hook("path_chmod", &[Act::Attributes]),
    hook("path_chown", &[Act::Attributes]),
    Hook { arguments: Some(3), ..hook("inode_setattr", &[Act::Attributes]) },
    Hook {
        program: "inode_setattr_of_two",
        arguments: Some(2),
        ..hook("inode_setattr", &[Act::Attributes])
    },
    hook("inode_setxattr", &[Act::Attributes]),
    hook("inode_removexattr", &[Act::Attributes]),
    hook("inode_set_acl", &[Act::Attributes]),
    hook("inode_remove_acl", &[Act::Attributes]),
    hook("file_ioctl", &[Act::Attributes]),
    hook("file_ioctl_compat", &[Act::Attributes]),
    Hook {
        program: "bprm_check",
        function: "bprm_check",
        ..hook("bprm_check_security", &[Act::Exec])
    },
    hook("mmap_file", &[Act::MapExec]),
    hook("file_mprotect", &[Act::MapExec]),
    hook("socket_create", &[Act::Socket]),
    hook("socket_bind", &[Act::Bind]),
    hook("socket_connect", &[Act::Connect]),
    hook("socket_sendmsg", &[Act::Connect]),
    hook("socket_listen", &[Act::Listen]),
    hook("unix_stream_connect", &[Act::UnixConnect]),
    hook("unix_may_send", &[Act::UnixConnect]),
    hook("ptrace_access_check", &[Act::Trace]),
    hook("task_kill", &[Act::Signal]),
    hook("kernel_read_file", &[Act::LoadModule]),
    hook("kernel_load_data", &[Act::LoadModule]),
    Hook { program: "bpf_call", ..hook("bpf", &[Act::LoadBpf]) },
    hook("sb_mount", &[Act::Mount]),
    hook("move_mount", &[Act::Mount]),
    hook("sb_pivotroot", &[Act::Mount]),
    hook("sb_umount", &[Act::Unmount]),
    hook("task_fix_setuid", &[Act::ChangeUser]),
    hook("task_fix_setgid", &[Act::ChangeUser]),
    hook("bprm_creds_from_file", &[Act::ChangeUser]),
    hook("capable", &[Act::SetTime]),
];

/// Programs at the root of the control groups.
pub(super) static CGROUP_HOOKS: [(&str, Act); 7] = [
    ("guard_connect4", Act::Connect),
    ("guard_connect6", Act::Connect),
    ("guard_sendmsg4", Act::Connect),
    ("guard_sendmsg6", Act::Connect),
    ("guard_bind4", Act::Bind),
    ("guard_bind6", Act::Bind),
    ("guard_socket", Act::Socket),
];

impl Hook {
    /// What the program is attached to.
    pub(super) fn target(&self, level: Level) -> String {
        if level == Level::Lsm {
            format!("bpf_lsm_{}", self.module)
        } else {
            format!("security_{}", self.function)
        }
    }

    /// Whether this kernel has what the program is attached to, in the shape the program reads.
    pub(super) fn exists(&self, level: Level, btf: &Btf<'_>) -> bool {
        let Some(function) = btf.type_by_name::<Func<'_>>(&self.target(level)) else {
            return false;
        };
        let Some(arguments) = self.arguments else { return true };
        let shape = function.next_type().map(FuncProto::try_from);
        shape.is_some_and(|shape| shape.is_ok_and(|shape| shape.len() == arguments))
    }
}

/// The acts that a program decides about; none where there is no such program.
pub fn acts_of(program: &str) -> &'static [Act] {
    if program == "guard_kill_exec" {
        return &[Act::Exec];
    }
    let hook = HOOKS.iter().find(|hook| hook.program == program).map(|hook| hook.acts);
    let root = || CGROUP_HOOKS.iter().find(|(name, _)| *name == program);
    hook.or_else(|| root().map(|(_, act)| std::slice::from_ref(act))).unwrap_or_default()
}
