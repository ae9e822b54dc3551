//! What there is to know about each sort of problem, for the people who meet it: `GET /problems/{slug}`.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::Problem;

/// The problems that a layer tells by a status alone.
pub(super) fn of_status(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => ("unauthorized", "this needs a key"),
        StatusCode::NOT_FOUND => ("not-found", "there is nothing here"),
        StatusCode::METHOD_NOT_ALLOWED => ("method-not-allowed", "this cannot be done here; see Allow"),
        StatusCode::REQUEST_TIMEOUT => ("too-slow", "the request did not arrive in time"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "the body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("unsupported-media-type", "the body is of a type that is not read here")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("unavailable", "this takes too long right now; ask again in a moment")
        }
        status if status.is_client_error() => ("bad-request", "the request makes no sense"),
        _ => ("fault", "something broke here; the operator can find it"),
    }
}

/// What to do about each.
const ADVICE: &[(&str, &str)] = &[
    ("aggregate-not-found", "Compare kind and id with a subject of the log: ink.log.<kind>.<id>."),
    ("already-here", "The id is taken. Leave the choice of ids to the house."),
    (
        "another-log",
        "The position was answered by another house, or by this one before its log was made anew. Leave Ink-After out.",
    ),
    (
        "another-origin",
        "Open the page of this house itself. If a proxy stands before it, let it pass the header Host on.",
    ),
    ("audit-busy", "Repeat the request after the seconds in Retry-After."),
    ("bad-request", "Compare the request with the page at /api/docs."),
    ("beyond-the-log", "Ask for a position that was answered by this house; leave `at` out for the present."),
    (
        "card-not-written",
        "The card cannot be written this way; `code` says why, and `title` what to do. Another `format` may do.",
    ),
    (
        "card-refused",
        "The file is no character card that can be read; `code` says why, and `title` what to do.",
    ),
    ("character-already-here", "A character of this id is already here."),
    ("character-not-found", "Check the id. Characters of other people are answered like unknown ones."),
    ("character-not-taking-part", "Only characters with whom the conversation was started can speak in it."),
    ("character-retired", "POST /api/v1/characters/{id}/restore wakes the character up."),
    ("character-twice", "Name each character once."),
    ("chat-refused", "The file is no chat that can be read; `code` says why, and `title` what to do."),
    (
        "chunks-missing",
        "Sync once more: all chunks of a state go to one process of this house, and within ten minutes.",
    ),
    ("commit-too-large", "Send less at once: shorten the texts, or leave out variants."),
    ("contended", "Repeat the request after the seconds in Retry-After."),
    ("conversation-closed", "A closed conversation stays readable; branch from it to go on."),
    ("conversation-not-found", "Check the id. Conversations of other people are answered like unknown ones."),
    ("entry-already-here", "Leave the number of a new entry out: the house finds one that is free."),
    ("entry-not-found", "Check the number: GET /api/v1/lorebooks/{id}/entries lists those that are there."),
    (
        "fault",
        "This is our mistake. Tell the operator the trace id; the log of the house has the rest under it.",
    ),
    (
        "idempotency-key-reused",
        "Use a new Idempotency-Key for a new request, and the old one only to repeat the old request.",
    ),
    (
        "in-doubt",
        "Repeat the request with the same Idempotency-Key: it is done once, whatever became of the first try.",
    ),
    ("key-not-found", "Check the id of the key: GET /api/v1/me/keys lists yours."),
    ("keys-away", "Repeat the request after the seconds in Retry-After, with the same Idempotency-Key."),
    ("log-away", "Repeat the request after the seconds in Retry-After, with the same Idempotency-Key."),
    (
        "log-not-whole",
        "`title` says what is wrong with the log, `at` where. Keep the data folder as it is, and compare it with a backup.",
    ),
    ("lone-surrogate", "Half of a surrogate pair is no character. Send whole characters."),
    ("lorebook-already-here", "A lorebook of this id is already here."),
    ("lorebook-incomplete", "Its import broke off. Import the same file again: it goes on where it stopped."),
    ("lorebook-not-found", "Check the id. Lorebooks of other people are answered like unknown ones."),
    (
        "lorebook-refused",
        "The file is no lorebook that can be read; `code` says why, and `title` what to do.",
    ),
    ("lorebook-retired", "POST /api/v1/lorebooks/{id}/restore takes the lorebook out again."),
    ("malformed-cursor", "Take next_cursor of the page before, as it is, or leave it out."),
    ("malformed-etag", "If-Match takes the ETag of the last answer, as it is, or *."),
    ("malformed-idempotency-key", "Use 1 to 255 visible ASCII characters, such as a UUID."),
    ("malformed-json", "Correct the JSON at the line and column that are named."),
    ("malformed-moment", "Take Ink-Position of an answer, or a time such as 2026-11-25T20:15:00Z."),
    ("malformed-msgpack", "Send one MessagePack value, with texts as keys, and finite numbers."),
    ("malformed-position", "Take Ink-Position of an answer, as it is."),
    ("malformed-stream-id", "Take the id of the last event of this stream, as it is."),
    ("message-not-found", "Check the id. A deleted message has left the story."),
    ("method-not-allowed", "See Allow for what can be done here."),
    ("model-not-found", "GET /v1/models lists the models that are there: your characters, and their groups."),
    (
        "nextchat-away",
        "Start NextChat where `nextchat.url` says that it is; until then ask again in a moment.",
    ),
    (
        "no-search-in-the-past",
        "Leave `query` and `tag` out, or leave `at` out to search among the characters of now.",
    ),
    (
        "no-thumbnail",
        "Ask for the picture without a size; `code` says whether it is too large or cannot be decoded here.",
    ),
    ("no-upgrade", "Connect with a WebSocket client, to ws:// or wss:// and this path."),
    ("nobody-there", "Name at least one character."),
    ("not-built", "It is not there yet; nothing was done."),
    ("not-confirmed", "Say in `name` what you are called, to the letter: GET /api/v1/me tells it."),
    ("not-found", "Compare the path with the page at /api/docs."),
    ("not-signed-yet", "POST /api/v1/audit/checkpoint signs what was written until now."),
    (
        "not-the-owner",
        "This is for whoever runs the house: use the key in owner.key, in the data folder of the process that you ask.",
    ),
    ("not-utf8", "Encode the body as UTF-8."),
    ("not-yet", "Repeat the request after the seconds in Retry-After."),
    (
        "not-your-message",
        "Only what you said yourself can be edited. For a reply, regenerate it or choose another variant.",
    ),
    ("nothing-said", "The last message must be a user's, and say something."),
    ("nothing-signed", "POST /api/v1/audit/checkpoint signs the first checkpoint."),
    ("one-at-a-time", "Leave `n` out, or send 1."),
    ("only-proposed", "POST /api/v1/conversations/{id}/impersonations asks for another proposal."),
    ("out-of-bounds", "`title` says which text, list or number, and its bounds."),
    ("persona-already-here", "A persona of this id is already here."),
    ("persona-not-found", "Check the id. Personas of other people are answered like unknown ones."),
    ("persona-retired", "POST /api/v1/personas/{id}/restore lets it be chosen again."),
    (
        "personas-refused",
        "The file holds no personas that can be read; `code` says why, and `title` what to do.",
    ),
    (
        "picture-refused",
        "The file is no picture that can be shown here; `code` says why, and `title` what to do.",
    ),
    ("projection-not-found", "GET /api/v1/projections lists them."),
    (
        "prompt-not-reassembled",
        "`title` says what the log lacks. The recorded hash stays in the log, with the reply.",
    ),
    ("range-not-satisfiable", "Content-Range says how many bytes the file has."),
    ("read-side-away", "Repeat the request after the seconds in Retry-After. Nothing is lost."),
    ("reply-already-over", "The reply has ended; there is nothing to cancel."),
    ("reply-cancelled", "Somebody cancelled the reply; what was said until then stays as a variant."),
    ("reply-not-found", "Check the id. Replies of other people are answered like unknown ones."),
    ("reply-takes-long", "Ask with `stream: true`; the reply goes on and is kept."),
    ("reply-under-way", "Wait for the reply, or cancel it."),
    ("reserved-name", "Call the field otherwise: this name stands for something else in here."),
    (
        "right-missing",
        "Ask the operator for a key with the right: innkeeper key create --user NAME --audit, and --open to open words.",
    ),
    ("sharing-off", "Export the conversation instead: GET /api/v1/conversations/{id}/export."),
    (
        "somebody-speaks",
        "Wait for what is under way in the conversation, or POST /api/v1/replies/{id}/cancel.",
    ),
    (
        "stale-version",
        "Somebody was faster. Read it again, and repeat with the new ETag if you still want to.",
    ),
    ("subscription-not-found", "Name a subscription that this connection has, and that has not ended."),
    ("subscription-twice", "Choose another name, or leave the old subscription first."),
    ("too-deep", "Nest arrays and objects less deeply."),
    ("too-large", "Send a smaller body; `limit` says how many bytes are allowed, after decompression."),
    ("too-many-connections", "Use one connection for many subscriptions, or close some."),
    ("too-many-messages", "Send fewer messages: the house remembers what was said."),
    ("too-many-webhooks", "Remove webhooks that nobody needs: DELETE /api/v1/webhooks/{id}."),
    ("too-slow", "Send the request faster, or in smaller pieces."),
    (
        "unauthorized",
        "Send `Authorization: Bearer ink_…` with a key of yours that was not revoked, or log in at /login.",
    ),
    ("unavailable", "Repeat the request after a moment."),
    ("unexpected-shape", "Compare the body with the page at /api/docs; `detail` says where it differs."),
    ("unknown-kind", "The kinds are user, character, conversation, lorebook, persona and audit."),
    ("unknown-size", "Ask for one of `sizes`, or for the file as it is, without a size."),
    ("unreadable-body", "The body broke off or is not compressed as it says. Send it again."),
    ("unsupported-media-type", "Send application/json or application/msgpack, or for cards the file itself."),
    ("user-erased", "Who was erased is gone for ever. Ask for a new user."),
    ("variant-not-found", "Variants are counted from 0; the message lists those that it has."),
    ("webhook-not-found", "Check the id: GET /api/v1/webhooks lists them."),
    ("webhook-refused", "`title` says which address or type of event cannot be, and why."),
    ("would-lose", "`losses` says what. Ask for another `format`, or with lossy=true to leave it out."),
];

/// Explains a problem to people.
pub async fn page(Path(slug): Path<String>) -> Response {
    let Some((slug, advice)) = ADVICE.iter().find(|(known, _)| *known == slug) else {
        return Problem::of_status(StatusCode::NOT_FOUND).into_response();
    };
    let title = slug.replace('-', " ");
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>\
         <body style='font-family:system-ui;max-width:40rem;margin:4rem auto'><h1>{title}</h1><p>{advice}</p>\
         <p><a href=/api/docs/>The interface</a></p>"
    ))
    .into_response()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn the_advice_is_in_order_and_given_once() {
        assert!(ADVICE.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn every_status_has_advice() {
        for status in (400..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
            let (slug, _) = of_status(status);
            assert!(ADVICE.iter().any(|(known, _)| *known == slug), "{status}");
        }
    }
}
