//! The commands of the binary: what an administrator types.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks through its output")]

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app::{App, Options};
use crate::audit::Verified;
use crate::config::Config;
use crate::db::Actor;
use crate::identity::{self, Email, NewMember, Password, PersonName, Role, Scope};
use crate::{audit, demo, jobs, server};

/// Herald: your colleagues share what you are proud of.
///
/// Without a command Herald serves. Settings come from the environment (HERALD_LISTEN,
/// HERALD_BASE_URL, HERALD_DATA, DATABASE_URL, HERALD_SECRET_KEY, HERALD_SMTP_URL, …); with none
/// set it keeps everything in ./data and listens on 127.0.0.1:8080.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages, API and short links, with a worker inside (the default)
    Serve {
        /// Leave the background work to `herald worker` processes
        #[arg(long)]
        without_worker: bool,
    },
    /// Do the background work only: publishing, feeds, mail, points
    Worker,
    /// Bring the database up to date and say what was done
    Migrate,
    /// Create members and mend their sign-in
    #[command(subcommand)]
    Member(MemberCommand),
    /// Personal access tokens for the API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Show Herald with a made-up company of sixty and a quarter of history
    Demo {
        /// Forget what was done in the demonstration and fill it anew
        #[arg(long)]
        reset: bool,
        /// Where the demonstration keeps its data, apart from everything else
        #[arg(long, default_value = "./demo-data")]
        folder: PathBuf,
        /// Fill it and stop, without serving
        #[arg(long)]
        fill_only: bool,
    },
    /// Write everything into one file, while Herald runs; the secret key is not in it
    Backup {
        /// The file to write, such as herald-2026-11-21.backup
        file: PathBuf,
    },
    /// Put a backup into an empty database, SQLite or PostgreSQL
    Restore { file: PathBuf },
    /// The audit log
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Subcommand)]
enum MemberCommand {
    /// Create a member who can sign in at once
    Create {
        email: Email,
        /// Their name, as colleagues see it
        #[arg(long)]
        name: PersonName,
        /// Roles separated by commas: advocate, curator, approver, hr, admin
        #[arg(long, value_delimiter = ',', default_value = "advocate")]
        roles: Vec<Role>,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a new password and end all sessions
    SetPassword {
        email: Email,
        #[arg(long)]
        password_stdin: bool,
    },
    /// Replace the roles of a member
    SetRoles {
        email: Email,
        #[arg(value_delimiter = ',', required = true)]
        roles: Vec<Role>,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Print a personal access token, once
    Create {
        /// The e-mail of the member whom it stands for
        #[arg(long)]
        member: Email,
        /// What it may do, separated by commas, such as library:read,shares:write
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<Scope>,
        /// What it is for
        #[arg(long, default_value = "made on the command line")]
        name: String,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Recompute the hash chain and say whether it is whole
    Verify,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    logs();
    let config = match Config::read(&|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("Herald cannot start. Correct this and try again:");
            for problem in problems {
                eprintln!("  {problem}");
            }
            return ExitCode::from(2);
        }
    };
    let result = match cli.command.unwrap_or(Command::Serve { without_worker: false }) {
        Command::Serve { without_worker } => serve(config, !without_worker),
        Command::Worker => worker(config),
        Command::Migrate => migrate(&config),
        Command::Member(command) => member(config, command),
        Command::Token(command) => token(config, command),
        Command::Demo { reset, folder, fill_only } => demo(config, &folder, reset, fill_only),
        Command::Backup { file } => backup(&config, &file),
        Command::Restore { file } => restore(&config, &file),
        Command::Audit(AuditCommand::Verify) => return verify(config),
    };
    finish(result)
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn logs() {
    let filter = EnvFilter::try_from_env("HERALD_LOG").unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("HERALD_LOG_FORMAT").is_ok_and(|f| f == "json") {
        builder.json().init();
    } else {
        builder.with_target(false).init();
    }
}

fn serve(config: Config, with_worker: bool) -> anyhow::Result<()> {
    let app = App::build(config, Options::default())?;
    if let Some(path) = app.db.write(Actor::system("set-up"), identity::set_up_link)? {
        println!("\nThere is no administrator yet. Open this link within 24 hours to set up Herald:\n\n  {}\n", app.config.address(&path));
    }
    println!("Herald listens at {}", app.config.address("/"));
    actix_web::rt::System::new().block_on(server::run(app, with_worker))
}

fn demo(config: Config, folder: &std::path::Path, reset: bool, fill_only: bool) -> anyhow::Result<()> {
    let config = demo::configure(config, folder);
    let bar = indicatif::ProgressBar::new(0)
        .with_style(indicatif::ProgressStyle::with_template("Filling a quarter of history {bar:40} {percent:>3} % {elapsed}")?);
    let app = runtime()?.block_on(demo::prepare(&config, reset, &|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }))?;
    bar.finish_and_clear();
    let (company, _) = demo::Company::read()?;
    println!("\n{} is open at {}\n", company.name, app.config.address("/"));
    println!("Sign in with the password “{}” as", demo::PASSWORD);
    for person in &company.sign_in {
        println!("  {:<16} {}", person.role.label(), person.email);
    }
    println!("\nEverything is kept in {}; `demo --reset` starts afresh. Stop with Ctrl-C.\n", folder.display());
    if fill_only {
        app.close();
        return Ok(());
    }
    actix_web::rt::System::new().block_on(async {
        actix_web::rt::spawn(newsroom(app.clone()));
        server::run(app, true).await
    })
}

/// The demonstration imports from itself, so it can begin only once it is served.
async fn newsroom(app: Arc<App>) {
    for _ in 0..20 {
        match demo::bring_in_the_newsroom(app.clone()).await {
            Ok(()) => return,
            Err(error) => tracing::debug!(%error, "the newsroom is not there yet"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
}

fn worker(config: Config) -> anyhow::Result<()> {
    let app = App::build(config, Options::default())?;
    println!("The worker runs. Stop it with Ctrl-C.");
    runtime()?.block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(jobs::run_worker(app, stopped));
        stop_signal().await?;
        let _ = stop.send(true);
        Ok(running.await?)
    })
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = term.recv() => {}
        done = tokio::signal::ctrl_c() => done?,
    }
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn migrate(config: &Config) -> anyhow::Result<()> {
    let ran = crate::app::migrate(config)?;
    if ran.is_empty() {
        println!("The database is up to date.");
    }
    for name in ran {
        println!("migrated {name}");
    }
    Ok(())
}

fn build(config: Config) -> anyhow::Result<Arc<App>> {
    App::build(config, Options::default())
}

fn member(config: Config, command: MemberCommand) -> anyhow::Result<()> {
    let app = build(config)?;
    let actor = Actor::system("command line");
    match command {
        MemberCommand::Create { email, name, roles, password_stdin } => {
            let hash = ask_password(email.as_str(), password_stdin)?.hash()?;
            let new = NewMember { roles, password_hash: Some(hash), ..NewMember::named(email.clone(), name) };
            let id = app.db.write(actor, |tx| identity::create(tx, &new))?;
            println!("Created {email} ({id}).");
        }
        MemberCommand::SetPassword { email, password_stdin } => {
            let hash = ask_password(email.as_str(), password_stdin)?.hash()?;
            let id = known(&app, &email)?;
            app.db.write(actor, |tx| identity::set_password(tx, id, &hash))?;
            println!("The password of {email} is set; all sessions are ended.");
        }
        MemberCommand::SetRoles { email, roles } => {
            let id = known(&app, &email)?;
            app.db.write(actor, |tx| identity::set_roles(tx, id, &roles))?;
            println!("{email} is now {}.", roles.iter().map(|r| r.label()).collect::<Vec<_>>().join(", "));
        }
    }
    Ok(())
}

fn known(app: &App, email: &Email) -> anyhow::Result<crate::db::MemberId> {
    let member = app.db.read(|db| identity::by_email(db, email))?;
    Ok(member.ok_or_else(|| anyhow::anyhow!("There is no member {email}."))?.id)
}

fn ask_password(email: &str, from_stdin: bool) -> anyhow::Result<Password> {
    if !from_stdin {
        eprint!("Password (it will be visible; use --password-stdin in scripts): ");
    }
    let mut text = String::new();
    if from_stdin {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        std::io::stdin().read_line(&mut text)?;
    }
    Password::parse(text.trim_end_matches(['\r', '\n']).to_owned(), email).map_err(|e| anyhow::anyhow!(e))
}

fn token(config: Config, command: TokenCommand) -> anyhow::Result<()> {
    let TokenCommand::Create { member, scopes, name } = command;
    let app = build(config)?;
    let id = known(&app, &member)?;
    let scopes: BTreeSet<Scope> = scopes.into_iter().collect();
    let (_, token) = app.db.write(Actor::system("command line"), |tx| identity::create_personal_token(tx, id, &name, &scopes, None))?;
    println!("{token}");
    Ok(())
}

fn backup(config: &Config, file: &std::path::Path) -> anyhow::Result<()> {
    let part = file.with_extension("part");
    let mut db = config.database.connect()?;
    let out = std::fs::File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    let rows = crate::db::backup(&mut db, &out, crate::db::Clock::System.now())?;
    out.sync_all()?;
    std::fs::rename(&part, file)?;
    println!("Backed up {rows} rows to {}. Keep the secret key beside it, apart from it.", file.display());
    Ok(())
}

fn restore(config: &Config, file: &std::path::Path) -> anyhow::Result<()> {
    let from = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    std::fs::create_dir_all(&config.data)?;
    crate::app::migrate(config)?;
    let rows = crate::db::restore(&mut config.database.connect()?, from)?;
    println!("Restored {rows} rows. Start Herald with the secret key of the old deployment.");
    Ok(())
}

fn verify(config: Config) -> ExitCode {
    let found = build(config).and_then(|app| Ok(app.db.read(audit::verify)?));
    match found {
        Ok(Verified::Whole { entries, head }) => {
            println!("The audit log is whole: {entries} entries, head {head}");
            ExitCode::SUCCESS
        }
        Ok(Verified::Broken { seq, why }) => {
            println!("The audit log is BROKEN at entry {seq}: {why}");
            ExitCode::FAILURE
        }
        Err(error) => finish(Err(error)),
    }
}
