//! What is in force, and what is refused.

use super::*;

fn read(toml: &str) -> Result<Config, ConfigError> {
    let figment = Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(toml));
    let config: Config = figment.extract().map_err(|error| ConfigError::Unusable(Box::new(error)))?;
    config.house_provider()?;
    Ok(config)
}

#[test]
fn nothing_set_means_the_demo() {
    assert_eq!(read("").unwrap().house_provider().unwrap().kind, Some(ProviderKind::Demo));
}

#[test]
fn an_address_says_which_back_end_is_meant() {
    let config = read("[openai]\nurl = 'http://127.0.0.1:9/v1'\nmodel = 'm'").unwrap();
    assert_eq!(config.house_provider().unwrap().kind, Some(ProviderKind::OpenAi));
    let config = read("[sillytavern]\nurl = 'http://127.0.0.1:8000'").unwrap();
    assert_eq!(config.house_provider().unwrap().kind, Some(ProviderKind::SillyTavern));
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let error = read("[worker]\nack_wiat = '5s'").unwrap_err();
    assert!(error.to_string().contains("ack_wiat"), "{error}");
}

#[test]
fn a_back_end_without_an_address_is_refused() {
    assert!(matches!(read("provider = 'openai'"), Err(ConfigError::Provider(_))));
}

#[test]
fn secrets_are_not_printed() {
    let config = read(
        "[openai]\nurl = 'http://127.0.0.1:9/v1'\nmodel = 'm'\nkey = 'sk-1234'\n[nats]\nurl = 'nats://u:pw@h'",
    )
    .unwrap();
    let printed = config.print().unwrap();
    assert!(printed.contains("***"));
    assert!(!printed.contains("sk-1234") && !printed.contains("pw@"), "{printed}");
    assert!(!format!("{config:?}").contains("sk-1234"));
}

#[test]
fn what_is_printed_reads_back() {
    let printed = Config::default().print().unwrap();
    assert_eq!(read(&printed).unwrap().print().unwrap(), printed);
}
