//! The document of the interface, generated from the code, the page to try it, and the first page of the house.

use axum::{Router, response::Html, routing::get};
use utoipa::{
    OpenApi,
    openapi::{
        Components, Content, RefOr, ResponseBuilder,
        path::{Operation, PathItem},
        schema::{Ref, Schema},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::problem;

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// What there is to say about the interface as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Innkeeper",
        description = "Talk with characters from SillyTavern; nothing that was said is ever lost.\n\n\
            Every command answers with the position in the log where its outcome is (`Ink-Position`); a query that is \
            given it as `Ink-After` waits until it can tell it. A command with an `Idempotency-Key` can be repeated: it \
            is done once, and `Ink-Outcome` tells whether that was now. `If-Match` with an `ETag` holds a command back if somebody was faster. JSON can be \
            MessagePack (`application/msgpack`), in both directions. What goes wrong is a problem (RFC 9457), whose \
            `type` is a page that tells what to do.",
    ),
    security(("key" = [])),
    components(schemas(problem::Details)),
    tags(
        (name = "characters", description = "Somebody invented, to talk with."),
        (name = "lorebooks", description = "What a world knows, entry by entry."),
        (name = "personas", description = "As whom you talk."),
        (name = "conversations", description = "A person and characters, and everything that was said."),
        (name = "replies", description = "What characters say, while they say it."),
        (name = "messages", description = "Which wording of a message counts."),
        (name = "me", description = "Who asks: keys and settings."),
        (name = "audit", description = "History, for those whose key may verify it."),
        (name = "operation", description = "For whoever runs the house."),
    ),
)]
pub struct Interface;

/// The document, with what all operations have in common.
pub fn finish(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("ink_…").build();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    document.paths.paths.values_mut().flat_map(operations).for_each(may_go_wrong);
    document
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch].into_iter().flatten()
}

/// Whatever else is answered is a problem.
fn may_go_wrong(operation: &mut Operation) {
    let problem = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"))));
    let response = ResponseBuilder::new()
        .description("What went wrong, and the page that tells what to do.")
        .content(problem::MEDIA_TYPE, problem)
        .build();
    operation.responses.responses.entry("default".to_owned()).or_insert(response.into());
}

/// The pages for people.
pub fn pages<S: Clone + Send + Sync + 'static>(document: utoipa::openapi::OpenApi) -> Router<S> {
    // A key that the page remembered would be readable by every script of this origin, and outlive the logging out.
    let config = Config::default().persist_authorization(false).try_it_out_enabled(true);
    let swagger: Router<S> = SwaggerUi::new("/api/docs").url(DOCUMENT, document).config(config).into();
    swagger.route("/problems/{slug}", get(problem::page))
}

/// The first page of a house that is nobody's page.
pub async fn welcome() -> Html<&'static str> {
    Html(include_str!("docs/welcome.html"))
}
