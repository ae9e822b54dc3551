//! Who inherits what, and what never leaves the house.

use super::*;

fn house() -> ProviderSettings {
    ProviderSettings {
        kind: Some(Kind::SillyTavern),
        url: Some("http://tavern:8000".into()),
        source: Some("openai".into()),
        model: Some("house-model".into()),
        user: Some("host".into()),
        password: Some(Secret::new("basic")),
        account: Some("default-user".into()),
        account_password: Some(Secret::new("account")),
        key: Some(Secret::new("key")),
        reverse_proxy: Some("http://proxy/v1".into()),
        proxy_password: Some(Secret::new("proxy")),
        temperature: Some(0.5),
        ..ProviderSettings::default()
    }
}

fn nobody() -> ProviderSettings {
    ProviderSettings::default()
}

#[test]
fn the_later_layer_wins_field_by_field() {
    let user = ProviderSettings { temperature: Some(1.0), max_tokens: Some(100), ..nobody() };
    let character = ProviderSettings { temperature: Some(1.5), ..nobody() };

    let merged = ProviderSettings::merge(&house(), &user, &character);

    assert_eq!((merged.temperature, merged.max_tokens), (Some(1.5), Some(100)));
    assert_eq!(merged.password, house().password, "who stays in the house may use its keys");
}

#[test]
fn who_goes_elsewhere_takes_no_secret_along() {
    let moves = [
        ProviderSettings { url: Some("http://evil/".into()), ..nobody() },
        ProviderSettings { kind: Some(Kind::OpenAi), ..nobody() },
        ProviderSettings { kind: Some(Kind::OpenAi), url: Some("http://tavern:8000".into()), ..nobody() },
    ];
    for user in moves {
        let mut merged = ProviderSettings::merge(&house(), &user, &nobody());

        assert_eq!(merged.secrets(), [&mut None, &mut None, &mut None, &mut None], "{user:?}");
        assert_eq!((merged.user, merged.account, merged.reverse_proxy), (None, None, None));
        assert_eq!(merged.temperature, Some(0.5), "tastes are not secrets");
    }
}

#[test]
fn who_stays_cannot_redirect_what_the_houses_sillytavern_calls() {
    let user = ProviderSettings {
        url: Some("http://tavern:8000".into()),
        reverse_proxy: Some("http://evil/".into()),
        custom_url: Some("http://evil/".into()),
        ..nobody()
    };

    let merged = ProviderSettings::merge(&house(), &user, &nobody());

    assert_eq!((merged.reverse_proxy, merged.custom_url), (house().reverse_proxy, None));
}

#[test]
fn who_brings_a_sillytavern_of_their_own_decides_what_it_calls() {
    let user = ProviderSettings {
        url: Some("http://mine:8000".into()),
        custom_url: Some("http://llama/v1".into()),
        password: Some(Secret::new("mine")),
        ..nobody()
    };

    let merged = ProviderSettings::merge(&house(), &user, &nobody());

    assert_eq!(merged.custom_url.as_deref(), Some("http://llama/v1"));
    assert_eq!(merged.password, Some(Secret::new("mine")));
}

#[test]
fn another_name_does_not_inherit_the_password() {
    let user = ProviderSettings { account: Some("tom".into()), ..nobody() };

    let merged = ProviderSettings::merge(&house(), &user, &nobody());

    assert_eq!((merged.account_password, merged.password), (None, house().password));
}

#[test]
fn settings_that_come_back_as_shown_change_no_secret() {
    let shown: ProviderSettings = serde_json::from_value(serde_json::to_value(house()).unwrap()).unwrap();

    assert_eq!(ProviderSettings::merge(&house(), &shown, &nobody()), house());
}

#[test]
fn unknown_settings_are_refused() {
    assert!(serde_json::from_str::<ProviderSettings>(r#"{"modell": "x"}"#).is_err());
}

#[test]
fn what_is_out_of_bounds_is_refused_by_name() {
    let wrong = [
        (
            ProviderSettings { temperature: Some(f64::NAN), ..nobody() },
            SettingsError::OutOfBounds("temperature"),
        ),
        (ProviderSettings { max_tokens: Some(0), ..nobody() }, SettingsError::OutOfBounds("max_tokens")),
        (
            ProviderSettings { stop: Some(vec![String::new()]), ..nobody() },
            SettingsError::OutOfBounds("stop"),
        ),
        (ProviderSettings { url: Some("file:///etc".into()), ..nobody() }, SettingsError::BadAddress("url")),
        (ProviderSettings { url: Some("http://a:b@c".into()), ..nobody() }, SettingsError::BadAddress("url")),
        (ProviderSettings { key: Some(Secret::new("a\nb")), ..nobody() }, SettingsError::BadText("key")),
        (ProviderSettings { model: Some("x".repeat(3_000)), ..nobody() }, SettingsError::BadText("model")),
    ];
    for (settings, error) in wrong {
        assert_eq!(settings.check(), Err(error), "{settings:?}");
    }
}

#[test]
fn where_nothing_is_set_the_demo_answers() {
    assert_eq!(nobody().connection(), Ok(Connection::Demo));
}

#[test]
fn an_address_without_a_kind_is_asked_about() {
    let settings = ProviderSettings { url: Some("http://x".into()), ..nobody() };

    assert_eq!(settings.connection(), Err(SettingsError::KindMissing));
}

#[test]
fn a_sillytavern_without_a_source_answers_as_its_owner_chose() {
    let settings =
        ProviderSettings { kind: Some(Kind::SillyTavern), url: Some("http://x".into()), ..nobody() };

    let Ok(Connection::SillyTavern { wish, .. }) = settings.connection() else { panic!("not SillyTavern") };

    assert_eq!(wish, Wish::AsInSillyTavern { model: None });
}

#[test]
fn a_path_is_put_below_any_address() {
    for base in ["http://x/v1", "http://x/v1/"] {
        assert_eq!(below(&Url::parse(base).unwrap(), "models").as_str(), "http://x/v1/models");
    }
    let azure = Url::parse("http://x/d/gpt?api-version=1").unwrap();
    assert_eq!(below(&azure, "models").as_str(), "http://x/d/gpt/models?api-version=1");
}
