//! The rules of buf's STANDARD and COMMENTS categories, as far as they matter to these files.

use std::collections::{BTreeMap, BTreeSet};

use capdo_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, OneofDescriptorProto,
    ServiceDescriptorProto,
};

/// Field numbers inside descriptor.proto, of which the paths of source locations are made.
mod path {
    pub(super) const FILE_MESSAGE: i32 = 4;
    pub(super) const FILE_ENUM: i32 = 5;
    pub(super) const FILE_SERVICE: i32 = 6;
    pub(super) const MESSAGE_FIELD: i32 = 2;
    pub(super) const MESSAGE_NESTED: i32 = 3;
    pub(super) const MESSAGE_ENUM: i32 = 4;
    pub(super) const MESSAGE_ONEOF: i32 = 8;
    pub(super) const ENUM_VALUE: i32 = 2;
    pub(super) const SERVICE_METHOD: i32 = 2;
}

/// What is wrong with one file, collected over a walk through it.
struct Lint {
    comments: BTreeMap<Vec<i32>, String>,
    problems: Vec<String>,
}

#[test]
fn files_are_clean() {
    let problems: Vec<_> = files().iter().flat_map(lint).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_file_is_compiled() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/proto/capdo/v1");
    let on_disk: BTreeSet<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            format!(
                "capdo/v1/{}",
                entry.unwrap().file_name().into_string().unwrap()
            )
        })
        .collect();
    let compiled: BTreeSet<_> = files().iter().map(|file| file.name().to_owned()).collect();
    assert_eq!(on_disk, compiled);
}

#[test]
fn requests_and_responses_belong_to_one_rpc() {
    let mut used = BTreeSet::new();
    let mut methods = 0;
    for service in files().iter().flat_map(|file| &file.service) {
        for method in &service.method {
            methods += 1;
            for (actual, suffix) in [
                (method.input_type(), "Request"),
                (method.output_type(), "Response"),
            ] {
                assert_eq!(actual, format!(".capdo.v1.{}{suffix}", method.name()));
                assert!(used.insert(actual.to_owned()), "{actual} used twice");
            }
        }
    }
    assert_eq!(methods, 3);
}

/// The lint must be able to fail: every rule is broken once here.
#[test]
fn broken_files_are_noticed() {
    let parsed = broken_file();
    let problems = lint(&parsed).join("\n");
    for expected in [
        "directory",
        "PascalCase: bad_name",
        "snake_case: camelCase",
        "snake_case: Bad",
        "zero value: RED",
        "prefix: RED",
        "UPPER_SNAKE_CASE: colour_blue",
        "Service: Thing",
        "PascalCase: lower",
        "no comment: bad_name",
        "no comment: Colour",
        "no comment: camelCase",
        "no comment: RED",
        "no comment: Thing",
        "no comment: lower",
        "no comment: Bad",
    ] {
        assert!(
            problems.contains(expected),
            "{expected} not in:\n{problems}"
        );
    }
}

fn broken_file() -> FileDescriptorProto {
    let value = |name: &str, number| EnumValueDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        options: None,
    };
    FileDescriptorProto {
        name: Some("capdo/v1/broken.proto".to_owned()),
        package: Some("capdo.v2".to_owned()),
        message_type: vec![DescriptorProto {
            name: Some("bad_name".to_owned()),
            field: vec![FieldDescriptorProto {
                name: Some("camelCase".to_owned()),
                ..Default::default()
            }],
            oneof_decl: vec![OneofDescriptorProto {
                name: Some("Bad".to_owned()),
                options: None,
            }],
            ..Default::default()
        }],
        enum_type: vec![EnumDescriptorProto {
            name: Some("Colour".to_owned()),
            value: vec![value("RED", 0), value("colour_blue", 1)],
            ..Default::default()
        }],
        service: vec![ServiceDescriptorProto {
            name: Some("Thing".to_owned()),
            method: vec![MethodDescriptorProto {
                name: Some("lower".to_owned()),
                ..Default::default()
            }],
            options: None,
        }],
        ..Default::default()
    }
}

fn files() -> Vec<FileDescriptorProto> {
    FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap().file
}

fn lint(file: &FileDescriptorProto) -> Vec<String> {
    let comments = file.source_code_info.iter().flat_map(|info| &info.location);
    let mut lint = Lint {
        comments: comments
            .map(|at| (at.path.clone(), at.leading_comments().trim().to_owned()))
            .collect(),
        problems: Vec::new(),
    };
    lint.file(file);
    lint.problems
        .into_iter()
        .map(|problem| format!("{}: {problem}", file.name()))
        .collect()
}

impl Lint {
    fn file(&mut self, file: &FileDescriptorProto) {
        self.check(file.syntax() == "proto3", "not proto3", file.syntax());
        self.check(file.package() == "capdo.v1", "package", file.package());
        let (dir, base) = file.name().rsplit_once('/').unwrap_or_default();
        self.check(
            dir == file.package().replace('.', "/"),
            "directory is not package",
            dir,
        );
        self.check(
            is_snake(base.trim_end_matches(".proto")),
            "not snake_case",
            base,
        );
        self.check(
            file.public_dependency.is_empty(),
            "public import",
            file.name(),
        );
        for (at, message) in (0..).zip(&file.message_type) {
            self.message(&[path::FILE_MESSAGE, at], message);
        }
        for (at, enumeration) in (0..).zip(&file.enum_type) {
            self.enumeration(&[path::FILE_ENUM, at], enumeration);
        }
        for (at, service) in (0..).zip(&file.service) {
            self.service(&[path::FILE_SERVICE, at], service);
        }
    }

    fn message(&mut self, path: &[i32], message: &DescriptorProto) {
        if message
            .options
            .as_ref()
            .is_some_and(|options| options.map_entry())
        {
            return; // made by the compiler for a map field
        }
        self.check(is_pascal(message.name()), "not PascalCase", message.name());
        self.comment(path, message.name());
        for (at, field) in (0..).zip(&message.field) {
            self.check(is_snake(field.name()), "not lower_snake_case", field.name());
            self.comment(&join(path, path::MESSAGE_FIELD, at), field.name());
        }
        for (at, oneof) in (0..).zip(&message.oneof_decl) {
            self.check(is_snake(oneof.name()), "not lower_snake_case", oneof.name());
            self.comment(&join(path, path::MESSAGE_ONEOF, at), oneof.name());
        }
        for (at, nested) in (0..).zip(&message.nested_type) {
            self.message(&join(path, path::MESSAGE_NESTED, at), nested);
        }
        for (at, nested) in (0..).zip(&message.enum_type) {
            self.enumeration(&join(path, path::MESSAGE_ENUM, at), nested);
        }
    }

    fn enumeration(&mut self, path: &[i32], enumeration: &EnumDescriptorProto) {
        self.check(
            is_pascal(enumeration.name()),
            "not PascalCase",
            enumeration.name(),
        );
        self.comment(path, enumeration.name());
        let prefix = upper_snake(enumeration.name()) + "_";
        for (at, value) in (0..).zip(&enumeration.value) {
            let name = value.name();
            let zero = format!("{prefix}UNSPECIFIED");
            self.check((at == 0) == (name == zero), "zero value", name);
            self.check(
                (at == 0) == (value.number() == 0),
                "zero is not first",
                name,
            );
            self.check(name.starts_with(&prefix), "wrong prefix", name);
            self.check(is_upper_snake(name), "not UPPER_SNAKE_CASE", name);
            self.comment(&join(path, path::ENUM_VALUE, at), name);
        }
        let alias = enumeration
            .options
            .as_ref()
            .is_some_and(|options| options.allow_alias());
        self.check(!alias, "allows aliases", enumeration.name());
    }

    fn service(&mut self, path: &[i32], service: &ServiceDescriptorProto) {
        self.check(is_pascal(service.name()), "not PascalCase", service.name());
        self.check(
            service.name().ends_with("Service"),
            "no suffix Service",
            service.name(),
        );
        self.comment(path, service.name());
        for (at, method) in (0..).zip(&service.method) {
            self.check(is_pascal(method.name()), "not PascalCase", method.name());
            self.comment(&join(path, path::SERVICE_METHOD, at), method.name());
        }
    }

    fn comment(&mut self, path: &[i32], name: &str) {
        let present = self
            .comments
            .get(path)
            .is_some_and(|comment| !comment.is_empty());
        self.check(present, "no comment", name);
    }

    fn check(&mut self, holds: bool, problem: &str, name: &str) {
        if !holds {
            self.problems.push(format!("{problem}: {name}"));
        }
    }
}

fn join(path: &[i32], field: i32, at: i32) -> Vec<i32> {
    [path, &[field, at]].concat()
}

fn is_snake(name: &str) -> bool {
    let bytes = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(bytes)
        && !name.contains("__")
        && !name.ends_with('_')
}

fn is_upper_snake(name: &str) -> bool {
    !name.contains(|c: char| c.is_ascii_lowercase()) && is_snake(&name.to_ascii_lowercase())
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn upper_snake(pascal: &str) -> String {
    let mut out = String::new();
    for c in pascal.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}
