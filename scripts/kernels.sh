# Sourced: installs QEMU, fetches Debian's cloud kernels and copies programs into a guest's file tree.
# Package mirrors are those of Debian.
# shellcheck shell=bash
: "${cache:?a folder that is kept}"

# Installs what guests are made and run with, where it is missing.
guest_tools() { # command:package... besides
  local need=() also
  command -v qemu-system-x86_64 >/dev/null || need+=(qemu-system-x86)
  [ -x /bin/busybox ] || need+=(busybox-static)
  command -v cpio >/dev/null || need+=(cpio)
  for also in "$@"; do
    command -v "${also%%:*}" >/dev/null || need+=("${also#*:}")
  done
  [ "${#need[@]}" -gt 0 ] || return 0
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
}

# The folder of a kernel by its version, unpacked once.
kernel() { # 6.1 | 6.12 -> prints the folder
  local version=$1 suite=bookworm
  [ "$version" = 6.12 ] && suite=bookworm-backports
  local folder=$cache/$version
  if ! ls "$folder"/boot/vmlinuz-* >/dev/null 2>&1; then
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$folder/apt/sources.list"
    local options=(-o "Dir::Etc::sourcelist=$PWD/$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
      -o "Dir::State::lists=$PWD/$folder/apt/lists" -o "Dir::Cache=$PWD/$folder/apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update -qq
    local package
    package=$(apt-cache "${options[@]}" depends linux-image-cloud-amd64 | awk '/Depends: linux-image-'"$version"'/ {print $2; exit}')
    (cd "$folder" && apt-get "${options[@]}" download -qq "$package")
    dpkg -x "$folder"/linux-image-*.deb "$folder"
  fi
  echo "$folder"
}

# Puts programs into a tree at the paths they have here, with the libraries they need.
put() { # tree, program...
  local tree=$1 program library
  shift
  for program in "$@"; do
    mkdir -p "$tree$(dirname "$program")"
    cp -L "$program" "$tree$program"
    ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
      [ -e "$tree$library" ] || { mkdir -p "$tree$(dirname "$library")" && cp -L "$library" "$tree$library"; }
    done
  done
}

# Puts modules of a kernel, by their names, into the folder /modules of a tree, as files that can be loaded at once.
modules() { # kernel's folder, tree, name...
  local folder=$1 tree=$2 name file
  shift 2
  mkdir -p "$tree/modules"
  for name in "$@"; do
    file=$(find "$folder/lib/modules" -name "$name.ko*" | head -n1)
    case $file in
      *.xz) xz -dc "$file" >"$tree/modules/$name.ko" ;;
      *) cp "$file" "$tree/modules/$name.ko" ;;
    esac
  done
}
