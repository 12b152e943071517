//! Paths and names of settings that matter whoever uses them: where programs start from, and where credentials are kept.

/// What is special about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What stands there runs later by itself: at a login, at a start, on a schedule.
    Startup,
    /// Keys, tokens or passwords are kept there.
    Credentials,
}

/// Ends and parts of paths at which something starts by itself.
#[rustfmt::skip]
const STARTUP: [&str; 38] = [
    "/.bash_profile", "/.bash_login", "/.bashrc", "/.profile", "/.zprofile", "/.zshenv", "/.zshrc", "/.zlogin",
    "/.config/fish/config.fish", "/.config/autostart/", "/.config/systemd/user/", "/.ssh/authorized_keys", "/.ssh/rc",
    "/.ipython/profile_default/startup/", "/.jupyter/jupyter_notebook_config.py", "/.git/hooks/", "/.vimrc",
    "/etc/bash.bashrc", "/etc/cron", "/etc/init.d/", "/etc/ld.so.preload", "/etc/profile", "/etc/rc.local",
    "/etc/systemd/system/", "/etc/sudoers", "/etc/passwd", "/etc/shadow", "/lib/systemd/system/", "/var/spool/cron",
    "/library/launchagents/", "/library/launchdaemons/", "/sitecustomize.py", "/usercustomize.py", "/site-packages/",
    "\\start menu\\programs\\startup", "\\currentversion\\run", "/start menu/programs/startup", "/dist-packages/",
];

/// Ends and parts of paths at which credentials are kept.
#[rustfmt::skip]
const CREDENTIALS: [&str; 27] = [
    "/.aws/credentials", "/.aws/config", "/.azure/", "/.cache/huggingface/token", "/.config/gcloud/", "/.docker/config.json",
    "/.git-credentials", "/.gnupg/", "/.huggingface/token", "/.kaggle/kaggle.json", "/.kube/config", "/.mozilla/firefox/",
    "/.my.cnf", "/.netrc", "/.npmrc", "/.pgpass", "/.pypirc", "/.ssh/id_", "/.bitcoin/", "/.electrum/", "/.ethereum/",
    "/etc/shadow", "/google/chrome/", "/proc/self/environ", "/run/secrets/", "/var/run/secrets/", "/wallet.dat",
];

/// What is special about a path, when something is.
#[must_use]
pub fn place(path: &str) -> Option<Place> {
    if path.len() < 5 || path.len() > 4096 {
        return None;
    }
    let path = format!("/{}", path.to_ascii_lowercase().trim_start_matches("~/").replace("$home/", ""));
    let within = |places: &[&str]| places.iter().any(|place| path.contains(place));
    if within(&CREDENTIALS) {
        Some(Place::Credentials)
    } else if within(&STARTUP) {
        Some(Place::Startup)
    } else {
        None
    }
}

/// The name of a setting whose value is a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let ends = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "CREDENTIALS",
        "PRIVATE_KEY",
    ];
    ends.iter().any(|end| name.contains(end))
        || name.strip_suffix("_KEY").is_some_and(|start| !start.is_empty())
        || name.strip_suffix("_PAT").is_some_and(|start| !start.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_wherever_the_home_folder_is() {
        for path in ["~/.bashrc", "{}/.bashrc", "/home/demo/.bashrc", "$HOME/.bashrc", ".bashrc"] {
            assert_eq!(place(path), Some(Place::Startup), "{path}");
        }
        assert_eq!(place("~/.ssh/id_rsa"), Some(Place::Credentials));
        assert_eq!(place("/etc/cron.d/job"), Some(Place::Startup));
        for path in ["config.json", "~/.cache/huggingface/hub", "bashrc", "/etc/hosts", "model.pth"] {
            assert_eq!(place(path), None, "{path}");
        }
    }

    #[test]
    fn secrets_have_names_of_secrets() {
        for name in ["HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "DB_PASSWORD"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["CUDA_VISIBLE_DEVICES", "HOME", "PATH", "KEY", "MONKEY"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
