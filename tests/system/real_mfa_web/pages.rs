//! Test logins at pages of django-two-factor-auth.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use capdo_tests::{eventually, free_port, program, repository};
use serde_json::Value;

use super::{Running, write};

pub(super) fn scan(args: &[&str], check: &str) -> Vec<Value> {
    let output = Command::new(program("capdo-agent"))
        .args(["--lang", "en"])
        .args(args)
        .args(["scan", "--json", "--only", check])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    report["findings"].as_array().unwrap().clone()
}

const SETTINGS: &str = r#"
from pathlib import Path
BASE = Path(__file__).parent
SECRET_KEY = "a test"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django_otp", "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static", "two_factor"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
ROOT_URLCONF = "site_urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGIN_URL = "two_factor:login"
LOGIN_REDIRECT_URL = "/plain/"
USE_TZ = True
# The usual hash costs a second a login.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"#;
const URLS: &str = r#"
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path
from django_otp.decorators import otp_required
from two_factor.urls import urlpatterns as two_factor
page = lambda request: HttpResponse("<h1>inside</h1>")
urlpatterns = [path("", include(two_factor)), path("plain/", login_required(page)),
    path("strict/", otp_required(page)), path("open/", page)]
"#;
const USERS: &str = r#"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from django_otp.plugins.otp_totp.models import TOTPDevice
two = User.objects.create_user("two", password="hush")
TOTPDevice.objects.create(user=two, name="default", confirmed=True)
User.objects.create_user("one", password="hush")
"#;

/// A Python with django-two-factor-auth, made once below `target`.
fn python() -> PathBuf {
    let folder = repository().join("target/django-two-factor");
    let python = folder.join("bin/python");
    if !folder.join("ready").exists() {
        let make = format!(
            "python3 -m venv {0} && {0}/bin/pip install -q Django==5.2.19 django-two-factor-auth==1.18.1 phonenumbers==9.0.43 && touch {0}/ready",
            folder.display()
        );
        let made = Command::new("bash").arg("-ec").arg(make).output().unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(
            made.status.success(),
            "python3 with venv (package python3-venv) and PyPI: {said}"
        );
    }
    python
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_test_login_tells_pages_with_a_second_step_from_pages_without() {
    let python = python();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(root, "site_settings.py", SETTINGS);
    write(root, "site_urls.py", URLS);
    write(root, "users.py", USERS);
    let run = |args: &[&str]| {
        let mut command = Command::new(&python);
        command.args(args).current_dir(root);
        command
            .env("DJANGO_SETTINGS_MODULE", "site_settings")
            .env("PYTHONPATH", root);
        command
    };
    let made = run(&["users.py"]).output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let log = fs::File::create(root.join("log")).unwrap();
    let server = run(&["-m", "django", "runserver", "--noreload", &address]);
    let mut server = server;
    let _server = Running(server.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    eventually("Django", || std::net::TcpStream::connect(&address).ok());
    for (name, text) in [
        ("right", "hush\n"),
        ("wrong", "nonsense\n"),
        ("shared", "hush\n"),
    ] {
        write(root, name, text);
        let mode = if name == "shared" { 0o644 } else { 0o600 };
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    for (account, file, path, want) in [
        ("two", "right", "/plain/", "pass"),
        ("two", "right", "/strict/", "pass"),
        ("one", "right", "/plain/", "fail-none"),
        ("one", "right", "/strict/", "unknown-refused"),
        ("two", "wrong", "/plain/", "unknown-refused"),
        ("two", "shared", "/plain/", "common-gap"),
        ("two", "right", "/open/", "unknown-unclear"),
    ] {
        let config = root.join("agent.toml");
        let toml = format!(
            "[[declared.endpoints]]\nhost = \"127.0.0.1\"\nport = {port}\nkind = \"web_login\"\npath = \"{path}\"\nauthorisation = \"a test\"\ntest_account = {{ name = \"{account}\", password_file = \"{}\" }}\n",
            root.join(file).display()
        );
        fs::write(&config, toml).unwrap();
        let found = scan(&["--config", config.to_str().unwrap()], "mfa.web-login");
        let label = format!("{address}{path}");
        let ours = found
            .iter()
            .map(Value::to_string)
            .find(|f| f.contains(&label));
        let ours = ours.unwrap_or_else(|| panic!("{label}: {found:?}"));
        assert!(
            ours.contains(&format!("\"{want}\"")),
            "{account} {file} {path}: {ours}"
        );
        assert!(!ours.contains("hush"), "a secret is shown: {ours}");
    }
}
