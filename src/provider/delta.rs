//! One event of a stream, in any of the dialects that models speak.
//!
//! SillyTavern forwards most sources verbatim, so that what arrives depends on the source: OpenAI's chunks (nearly all),
//! Anthropic's, Gemini's or Cohere's events. They are told apart by their shape rather than by configuration, since
//! nothing in one dialect can be mistaken for another; unknown events say nothing and are passed over.

use serde_json::Value;

use super::Usage;

#[derive(Debug, Default, PartialEq)]
pub(super) struct Delta {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) finish: Option<String>,
    pub(super) usage: Option<Usage>,
}

/// What an event (or a whole answer that was not streamed) adds to the reply.
pub(super) fn read(event: &Value) -> Delta {
    let mut delta = if let Some(choice) = event.pointer("/choices/0") {
        openai(choice)
    } else if let Some(candidate) = event.pointer("/candidates/0") {
        gemini(candidate)
    } else if let Some(blocks) = event.get("content").and_then(Value::as_array) {
        Delta { text: parts(blocks), finish: finish(&event["stop_reason"]), ..Delta::default() }
    } else {
        anthropic_or_cohere(event)
    };
    delta.usage = usage(event);
    delta
}

fn openai(choice: &Value) -> Delta {
    let said = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(choice);
    Delta {
        text: words(said.get("content").or_else(|| choice.get("text"))),
        reasoning: words(said.get("reasoning_content").or_else(|| said.get("reasoning"))),
        finish: finish(&choice["finish_reason"]),
        usage: None,
    }
}

fn gemini(candidate: &Value) -> Delta {
    let mut delta = Delta { finish: finish(&candidate["finishReason"]), ..Delta::default() };
    for part in candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten() {
        let side = if part["thought"] == true { &mut delta.reasoning } else { &mut delta.text };
        side.push_str(part["text"].as_str().unwrap_or_default());
    }
    delta
}

fn anthropic_or_cohere(event: &Value) -> Delta {
    let Some(delta) = event.get("delta") else {
        // Anthropic's last event carries nothing but its name.
        let finish = (event["type"] == "message_stop").then(|| "stop".to_owned());
        return Delta { finish, ..Delta::default() };
    };
    Delta {
        text: words(delta.get("text").or_else(|| delta.pointer("/message/content/text"))),
        reasoning: words(delta.get("thinking")),
        finish: finish(&delta["stop_reason"]).or_else(|| finish(&delta["finish_reason"])),
        usage: None,
    }
}

/// Text is a string, or a list of parts of which those with a `text` count.
fn words(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => parts(blocks),
        _ => String::new(),
    }
}

fn parts(blocks: &[Value]) -> String {
    blocks.iter().filter_map(|block| block["text"].as_str()).collect()
}

/// The reason in OpenAI's words.
fn finish(reason: &Value) -> Option<String> {
    let reason = reason.as_str().filter(|reason| !reason.is_empty())?;
    Some(match reason {
        "STOP" | "COMPLETE" | "end_turn" | "stop_sequence" => "stop".into(),
        "MAX_TOKENS" | "max_tokens" => "length".into(),
        "SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "RECITATION" | "SPII" | "refusal" | "ERROR_TOXIC" => {
            "content_filter".into()
        }
        // A reason is a word of the protocol; what is longer is not one.
        other => other.chars().take(40).collect(),
    })
}

fn usage(event: &Value) -> Option<Usage> {
    let usage =
        event.get("usage").or_else(|| event.get("usageMetadata")).filter(|usage| usage.is_object())?;
    let count = |keys: [&str; 3]| keys.iter().find_map(|key| usage.get(key)?.as_u64());
    Some(Usage {
        prompt_tokens: count(["prompt_tokens", "input_tokens", "promptTokenCount"])?,
        completion_tokens: count(["completion_tokens", "output_tokens", "candidatesTokenCount"])?,
    })
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    fn said(event: &Value) -> (String, String, Option<String>) {
        let delta = read(event);
        (delta.text, delta.reasoning, delta.finish)
    }

    fn text(words: &str) -> (String, String, Option<String>) {
        (words.into(), String::new(), None)
    }

    fn ends(reason: &str) -> (String, String, Option<String>) {
        (String::new(), String::new(), Some(reason.into()))
    }

    #[test]
    fn every_dialect_says_hi() {
        let dialects = [
            json!({"choices": [{"delta": {"role": "assistant", "content": "hi"}, "finish_reason": null}]}),
            json!({"choices": [{"delta": {"content": [{"type": "text", "text": "hi"}]}}]}),
            json!({"choices": [{"message": {"content": "hi"}}]}),
            json!({"choices": [{"text": "hi"}]}),
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "hi"}}),
            json!({"content": [{"type": "text", "text": "hi"}], "stop_reason": null}),
            json!({"candidates": [{"content": {"parts": [{"text": "hi"}]}}]}),
            json!({"type": "content-delta", "delta": {"message": {"content": {"text": "hi"}}}}),
        ];
        for event in dialects {
            assert_eq!(said(&event), text("hi"), "{event}");
        }
    }

    #[test]
    fn every_dialect_ends() {
        let dialects = [
            (json!({"choices": [{"delta": {}, "finish_reason": "length"}]}), "length"),
            (json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}), "stop"),
            (json!({"type": "message_stop"}), "stop"),
            (json!({"candidates": [{"finishReason": "SAFETY"}]}), "content_filter"),
            (json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}), "stop"),
        ];
        for (event, reason) in dialects {
            assert_eq!(said(&event), ends(reason), "{event}");
        }
    }

    #[test]
    fn thoughts_are_kept_apart_from_the_reply() {
        let dialects = [
            json!({"choices": [{"delta": {"reasoning_content": "hm", "content": null}}]}),
            json!({"choices": [{"delta": {"reasoning": "hm"}}]}),
            json!({"delta": {"thinking": "hm"}}),
            json!({"candidates": [{"content": {"parts": [{"text": "hm", "thought": true}]}}]}),
        ];
        for event in dialects {
            assert_eq!(said(&event), (String::new(), "hm".into(), None), "{event}");
        }
    }

    #[test]
    fn the_tokens_are_counted_where_they_are_told() {
        let told = json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}});

        assert_eq!(read(&told).usage, Some(Usage { prompt_tokens: 7, completion_tokens: 2 }));
        assert_eq!(read(&json!({"usage": null})).usage, None);
    }

    #[test]
    fn anything_else_says_nothing() {
        for event in [json!(null), json!(3), json!([]), json!({"type": "ping"}), json!({"choices": "x"})] {
            assert_eq!(read(&event), Delta::default(), "{event}");
        }
    }
}
