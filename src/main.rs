//! The way in: reads the command line and the configuration, and runs what was asked for.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use domain::user::Rights;
use innkeeper::{
    audit_tool, bootstrap,
    cards_tool::{self, Outcome},
    cli::{
        AuditCommand, CardsCommand, Cli, Command, Common, ImportArguments, KeyCommand, KeysCommand,
        ProjectionsCommand,
    },
    config::{Config, LogConfig, LogFormat},
    embedded,
    house::Workers,
    import_tool, projections_tool,
    start::{self, Ground, Role, Roles},
};
use tracing_subscriber::EnvFilter;

/// A house with many small, short-lived texts on few threads: this allocator gives their memory back sooner.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == embedded::GUARD) {
        return embedded::guard_main(arguments);
    }
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "innkeeper: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Some(Command::Cards(command)) => cards(&command),
        Some(Command::Import(arguments)) => import(&arguments, &cli.common),
        command => run_house(command, &cli.common),
    }
}

/// Needs neither configuration nor servers.
fn cards(command: &CardsCommand) -> anyhow::Result<ExitCode> {
    let (text, outcome) = cards_tool::run(command)?;
    say(&text)?;
    Ok(match outcome {
        Outcome::Whole => ExitCode::SUCCESS,
        Outcome::Partial => ExitCode::FAILURE,
    })
}

/// Speaks to a house that is open; of the configuration only the data folder matters.
fn import(arguments: &ImportArguments, common: &Common) -> anyhow::Result<ExitCode> {
    let config = Config::read(common.config.clone(), &common.overrides())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (text, outcome) = runtime.block_on(import_tool::run(arguments, &config.data))?;
    say(&text)?;
    Ok(match outcome {
        import_tool::Outcome::Whole => ExitCode::SUCCESS,
        import_tool::Outcome::Partial => ExitCode::FAILURE,
    })
}

fn run_house(command: Option<Command>, common: &Common) -> anyhow::Result<ExitCode> {
    let config = Config::read(common.config.clone(), &common.overrides())?;
    log_to_stderr(&config.log)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads()).enable_all().build()?;
    let outcome = runtime.block_on(perform(command, config));
    // Whatever still runs is not worth waiting for: what matters is in the log.
    runtime.shutdown_background();
    outcome
}

/// Half of the cores: NATS and Postgres want theirs too, and fewer threads wake each other less. On two cores this
/// takes a quarter off the time to the first token (`cargo bench --bench relay`).
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

async fn perform(command: Option<Command>, config: Config) -> anyhow::Result<ExitCode> {
    if let Some(Command::Projections(command)) = &command {
        return look_after_projections(config, command).await;
    }
    if let Some(Command::Audit(command)) = command {
        return Ok(audit(command, config).await);
    }
    serve(command, config).await.map(|()| ExitCode::SUCCESS)
}

/// There is a third way to end: what could not be looked at is neither whole nor wrong.
async fn audit(command: AuditCommand, config: Config) -> ExitCode {
    match audit_tool::run(command, config).await.map_err(anyhow::Error::from) {
        Ok(audit_tool::Outcome::Whole) => ExitCode::SUCCESS,
        Ok(audit_tool::Outcome::Wrong) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "innkeeper: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn serve(command: Option<Command>, config: Config) -> anyhow::Result<()> {
    match command {
        None => Ok(start::run(config, Roles::WHOLE_HOUSE).await?),
        Some(Command::Serve) => Ok(start::run(config, Roles::only(Role::Serve)).await?),
        Some(Command::Project) => Ok(start::run(config, Roles::only(Role::Project)).await?),
        Some(Command::Work) => Ok(start::run(config, Roles::only(Role::Work)).await?),
        Some(Command::Config) => say(&config.print()?),
        Some(Command::Migrate) => migrate(config).await,
        Some(Command::Keys(command)) => keys(config, command).await,
        Some(Command::Key(KeyCommand::Create { user, label, audit, open })) => {
            create_key(config, &user, &label, Rights { audit, open }).await
        }
        Some(Command::Projections(command)) => look_after_projections(config, &command).await.map(drop),
        Some(Command::Cards(command)) => cards(&command).map(drop),
        Some(Command::Audit(command)) => {
            audit(command, config).await;
            Ok(())
        }
        Some(Command::Import(arguments)) => {
            import_tool::run(&arguments, &config.data).await.map(drop).map_err(Into::into)
        }
    }
}

async fn migrate(config: Config) -> anyhow::Result<()> {
    let ground = Ground::borrow(&config).await?;
    let opened = start::open(&ground, config, Workers::Elsewhere).await;
    ground.clear().await;
    opened?;
    say("the tables are up to date\n")
}

async fn look_after_projections(config: Config, command: &ProjectionsCommand) -> anyhow::Result<ExitCode> {
    let ground = Ground::borrow(&config).await?;
    let done = match start::open(&ground, config, Workers::Elsewhere).await {
        Ok(house) => projections_tool::run(&house, command).await.map_err(anyhow::Error::from),
        Err(error) => Err(error.into()),
    };
    ground.clear().await;
    let (text, outcome) = done?;
    say(&text)?;
    Ok(match outcome {
        projections_tool::Outcome::Whole => ExitCode::SUCCESS,
        projections_tool::Outcome::Partial => ExitCode::FAILURE,
    })
}

async fn keys(config: Config, command: KeysCommand) -> anyhow::Result<()> {
    let ground = Ground::borrow(&config).await?;
    let told = match command {
        KeysCommand::Rotate => start::rotate_keys(&ground, &config).await,
        KeysCommand::Rewrap { old_key_file } => start::rewrap_keys(&ground, &config, &old_key_file).await,
    };
    ground.clear().await;
    say(&told?)
}

async fn create_key(config: Config, user: &str, label: &str, rights: Rights) -> anyhow::Result<()> {
    let ground = Ground::borrow(&config).await?;
    let created = match start::open(&ground, config, Workers::Elsewhere).await {
        Ok(house) => bootstrap::key_for(&house, user, label, rights).await.context("no key was made"),
        Err(error) => Err(error.into()),
    };
    ground.clear().await;
    say(&format!("{}\n", created?.expose()))
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

fn log_to_stderr(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter).context("log.filter cannot be read")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
