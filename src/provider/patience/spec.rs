//! A model that fails on cue, and how often it is asked.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::super::breaker::Rules;
use super::super::{Sampling, error::Whom};
use super::*;

/// What the scripted model does when it is asked.
enum Cue {
    Refuses(ProviderError),
    SaysNothing,
    Says(Vec<Result<Piece, ProviderError>>),
    /// Says a word and then falls silent for ever.
    Stalls,
}

struct Scripted {
    cues: Mutex<VecDeque<Cue>>,
    asked: AtomicUsize,
}

impl Provider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn generate<'a>(&'a self, _: &'a Generation) -> BoxFuture<'a, Result<Pieces, ProviderError>> {
        self.asked.fetch_add(1, SeqCst);
        match self.cues.lock().unwrap().pop_front().expect("asked more often than scripted") {
            Cue::Refuses(error) => std::future::ready(Err(error)).boxed(),
            Cue::SaysNothing => std::future::pending().boxed(),
            Cue::Says(pieces) => std::future::ready(Ok(stream::iter(pieces).boxed())).boxed(),
            Cue::Stalls => {
                let pieces = stream::iter([Ok(word())]).chain(stream::pending());
                std::future::ready(Ok(pieces.boxed())).boxed()
            }
        }
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        std::future::ready(Ok(())).boxed()
    }
}

fn word() -> Piece {
    Piece::Text("word".into())
}

fn finish() -> Piece {
    Piece::Finish { reason: Some("stop".into()), usage: None }
}

fn says_it_all() -> Cue {
    Cue::Says(vec![Ok(word()), Ok(finish())])
}

const DOWN: ProviderError = ProviderError::Unreachable(Whom::Model);

fn hasty() -> Patience {
    Patience {
        first_token: Duration::from_millis(50),
        between_tokens: Duration::from_millis(50),
        whole_reply: Duration::from_secs(5),
        retries: 2,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        give_up_after: Duration::from_secs(5),
    }
}

fn patient(patience: Patience, cues: impl IntoIterator<Item = Cue>) -> (Patient, Arc<Scripted>) {
    let model =
        Arc::new(Scripted { cues: Mutex::new(cues.into_iter().collect()), asked: AtomicUsize::new(0) });
    let breaker = Breaker::new(Rules { faults: 3, rest: Duration::from_secs(60) });
    (Patient::new(Arc::clone(&model) as Arc<dyn Provider>, patience, breaker), model)
}

async fn ask(patient: &Patient) -> Result<Vec<Result<Piece, ProviderError>>, ProviderError> {
    let generation = Generation {
        model: None,
        messages: vec![],
        sampling: Sampling::default(),
        character: String::new(),
        user: String::new(),
    };
    Ok(patient.generate(&generation).await?.collect().await)
}

fn limited(seconds: u64) -> ProviderError {
    ProviderError::RateLimited { retry_after: Some(Duration::from_secs(seconds)) }
}

#[tokio::test]
async fn a_passing_fault_before_the_first_token_is_not_noticed() {
    let (patient, model) =
        patient(hasty(), [Cue::Refuses(DOWN), Cue::Says(vec![Err(ProviderError::Cut)]), says_it_all()]);

    assert_eq!(ask(&patient).await, Ok(vec![Ok(word()), Ok(finish())]));
    assert_eq!(model.asked.load(SeqCst), 3);
}

#[tokio::test]
async fn a_lasting_fault_is_told_at_once() {
    let (patient, model) = patient(hasty(), [Cue::Refuses(ProviderError::Unauthorized)]);

    assert_eq!(ask(&patient).await, Err(ProviderError::Unauthorized));
    assert_eq!(model.asked.load(SeqCst), 1);
}

#[tokio::test]
async fn the_number_of_attempts_is_bounded() {
    let (patient, model) = patient(hasty(), [Cue::Refuses(DOWN), Cue::Refuses(DOWN), Cue::Refuses(DOWN)]);

    assert_eq!(ask(&patient).await, Err(DOWN));
    assert_eq!(model.asked.load(SeqCst), 3);
}

#[tokio::test]
async fn after_the_first_token_nothing_is_asked_again() {
    let (patient, model) = patient(hasty(), [Cue::Says(vec![Ok(word()), Err(ProviderError::Cut)])]);

    assert_eq!(ask(&patient).await, Ok(vec![Ok(word()), Err(ProviderError::Cut)]));
    assert_eq!(model.asked.load(SeqCst), 1);
}

#[tokio::test]
async fn a_wait_that_was_asked_for_is_kept() {
    let (patient, _) = patient(hasty(), [Cue::Refuses(limited(1)), says_it_all()]);
    let began = Instant::now();

    assert!(ask(&patient).await.is_ok());
    assert!(began.elapsed() >= Duration::from_secs(1), "the pauses of our own would be over in milliseconds");
}

#[tokio::test]
async fn a_wait_beyond_our_patience_is_told_instead() {
    let (patient, model) = patient(hasty(), [Cue::Refuses(limited(3_600))]);

    assert_eq!(ask(&patient).await, Err(limited(3_600)));
    assert_eq!(model.asked.load(SeqCst), 1);
}

#[tokio::test]
async fn silence_before_and_after_the_first_token_is_told_apart() {
    let (before, _) = patient(Patience { retries: 0, ..hasty() }, [Cue::SaysNothing]);
    let (after, _) = patient(hasty(), [Cue::Stalls]);

    assert_eq!(ask(&before).await, Err(ProviderError::TimedOut(Phase::FirstToken)));
    assert_eq!(ask(&after).await, Ok(vec![Ok(word()), Err(ProviderError::TimedOut(Phase::BetweenTokens))]));
}

#[tokio::test]
async fn a_reply_that_never_ends_is_ended() {
    let short = Patience { whole_reply: Duration::from_millis(20), ..hasty() };
    let (patient, _) = patient(short, [Cue::Stalls]);

    assert_eq!(ask(&patient).await, Ok(vec![Ok(word()), Err(ProviderError::TimedOut(Phase::WholeReply))]));
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_is_not_asked_any_more() {
    let (patient, model) = patient(hasty(), [Cue::Refuses(DOWN), Cue::Refuses(DOWN), Cue::Refuses(DOWN)]);
    assert_eq!(ask(&patient).await, Err(DOWN));

    let error = ask(&patient).await.unwrap_err();

    assert!(matches!(error, ProviderError::CircuitOpen { .. }), "{error:?}");
    assert_eq!(model.asked.load(SeqCst), 3);
}

#[tokio::test]
async fn refusals_do_not_open_the_circuit() {
    let refusals = (0..5).map(|_| Cue::Refuses(ProviderError::BadRequest { status: 400 }));
    let (patient, _) = patient(hasty(), refusals.chain([says_it_all()]));
    for _ in 0..5 {
        assert!(ask(&patient).await.is_err());
    }

    assert!(ask(&patient).await.is_ok());
}

#[test]
fn durations_are_written_in_seconds() {
    let patience: Patience = serde_json::from_str(r#"{"first_token": 1.5}"#).unwrap();

    assert_eq!(patience, Patience { first_token: Duration::from_millis(1_500), ..Patience::default() });
    assert!(serde_json::from_str::<Patience>(r#"{"first_token": -1}"#).is_err());
}
