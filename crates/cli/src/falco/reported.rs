//! Steps of a start that print what was asked for and end it.

use super::lists::Format;
use super::{
    DONE, Failure, Falco, GO_ON, Step, config, describe, lists, plugins, print, rules, support,
    version,
};

use peregrine_agent::rules::RuleFile;
use peregrine_rules::{RuleSet, SourceText};
use serde_json::Value as Json;

impl Falco {
    pub(super) fn print_help(&mut self) -> Step {
        if !self.flags.on("help") {
            return GO_ON;
        }
        print(include_str!("../../../../schema/falco/help.txt"))?;
        DONE
    }

    pub(super) fn print_config_schema(&mut self) -> Step {
        if !self.flags.on("config-schema") {
            return GO_ON;
        }
        print(&format!("{:#}\n", config::schema()))?;
        DONE
    }

    pub(super) fn print_rule_schema(&mut self) -> Step {
        if !self.flags.on("rule-schema") {
            return GO_ON;
        }
        print(include_str!("../../../../schema/falco/rule-schema.json"))?;
        DONE
    }

    pub(super) fn print_ignored_calls(&mut self) -> Step {
        if !self.flags.on("i") {
            return GO_ON;
        }
        print(&lists::ignored())?;
        DONE
    }

    pub(super) fn print_events(&mut self) -> Step {
        if !self.flags.on("list-events") {
            return GO_ON;
        }
        print(&lists::events(self.format()))?;
        DONE
    }

    /// How lists are printed.
    fn format(&self) -> Format {
        if self.flags.on("markdown") {
            return Format::Markdown;
        }
        self.flags.text("format").and_then(Format::named).unwrap_or(Format::Text)
    }

    pub(super) fn print_version(&mut self) -> Step {
        if !self.flags.on("version") {
            return GO_ON;
        }
        if self.settings.config.json_output {
            print(&format!("{}\n", version::json()))?;
        } else {
            print(&version::text())?;
        }
        DONE
    }

    pub(super) fn print_page_size(&mut self) -> Step {
        if !self.flags.on("page-size") {
            return GO_ON;
        }
        self.log.info(&format!("Your system page size is: {} bytes", page_size()));
        DONE
    }

    pub(super) fn list_plugins(&mut self) -> Step {
        let plugins = &self.settings.settings.plugins;
        if self.flags.on("list-plugins") {
            print(&plugins::list(plugins))?;
            return DONE;
        }
        let Some(name) = self.flags.text("plugin-info") else { return GO_ON };
        let info = plugins::info(plugins, name).map_err(Failure::Error)?;
        print(&info)?;
        DONE
    }

    pub(super) fn print_fields(&mut self) -> Step {
        let Some(source) = self.flags.text("list") else { return GO_ON };
        if !["", "syscall"].contains(&source) {
            return Err("Value for --list must be a valid source type".to_owned().into());
        }
        let containers = self.settings.config.load_plugins.has_containers();
        let plugins: &[&str] = if containers { &["container"] } else { &[] };
        print(&lists::fields(self.format(), self.flags.on("N"), plugins))?;
        DONE
    }

    pub(super) fn describes(&self) -> bool {
        self.flags.on("L") || self.flags.text("l").is_some_and(|name| !name.is_empty())
    }

    /// The rule that `-l` names.
    fn named(&self) -> Option<&str> {
        self.flags.text("l").filter(|name| !name.is_empty())
    }

    /// What rules are made of, as JSON.
    pub(super) fn description(&self, files: &[RuleFile], rules: &RuleSet) -> Result<Json, Failure> {
        if let Some(name) = self.named()
            && !rules.rules.iter().any(|rule| rule.name == name)
        {
            return Err(Failure::Runtime(format!("Rule \"{name}\" is not loaded")));
        }
        let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
        let options = rules::options(&self.settings.config);
        Ok(peregrine_rules::falco::describe(&sources, &options, rules, self.named()))
    }

    /// `-L` and `-l`: a table, or JSON where that is configured.
    pub(super) fn describe(&self, files: &[RuleFile], rules: &RuleSet) -> Result<(), Failure> {
        let description = self.description(files, rules)?;
        if self.settings.config.json_output {
            return print(&format!("{description}\n"));
        }
        print(&describe::table(rules, self.named()))
    }

    pub(super) fn describe_rules(&mut self) -> Step {
        if !self.describes() {
            return GO_ON;
        }
        self.describe(&self.files, &self.rules)?;
        DONE
    }

    pub(super) fn print_support(&mut self) -> Step {
        if !self.flags.on("support") {
            return GO_ON;
        }
        print(&format!("{}\n", support::json(&self.words, &self.settings, &self.files)))?;
        DONE
    }
}

/// Bytes of a page of memory.
fn page_size() -> usize {
    rustix::param::page_size()
}
