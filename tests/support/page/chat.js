// How the page talks: facts/nextchat.md §1.2 (what it sends), §1.3 (what it makes of an answer), §1.5 (what of the story).

const BEGINS_WITHIN = 60_000; // §1.3

// The mask's context, and as much of the story as the mask lets it send, without errors.
export function history({ mask, messages }, sent) {
  const recent = messages.filter(({ isError }) => !isError).slice(-(mask.modelConfig.historyMessageCount ?? 4));
  return [...mask.context, ...recent, sent].map(({ role, content }) => ({ role, content }));
}

// Asks, and lets the reply grow as it is heard. What goes wrong is shown as the reply.
export async function complete({ session, request, reply, access, stop, heard }) {
  const said = (text) => ((reply.content += text), heard());
  try {
    const answer = await ask(session.mask.modelConfig.model, request, access, stop);
    if (answer.status !== 200 || !answer.headers.get("content-type")?.startsWith("text/event-stream")) {
      return said(block(await answer.json()));
    }
    for await (const data of events(answer.body)) {
      if (data === "[DONE]") return;
      said(JSON.parse(data).choices?.[0]?.delta?.content ?? "");
    }
  } catch (error) {
    if (stop.signal.aborted) return; // What was heard is kept.
    reply.isError = true;
    said(block({ error: true, message: error.message }));
  }
}

async function ask(model, messages, access, stop) {
  const late = setTimeout(() => stop.abort(), BEGINS_WITHIN);
  // §1.1: without an endpoint of one's own, the origin of the page; with one, no cookie and the key.
  const base = access.endpoint ? access.endpoint.replace(/\/$/, "") : "/api/openai";
  const key = access.endpoint ? { Authorization: `Bearer ${access.key}` } : {};
  const body = { messages, stream: true, model, temperature: 0.5, presence_penalty: 0, frequency_penalty: 0, top_p: 1 };
  const headers = { "Content-Type": "application/json", Accept: "application/json, text/event-stream", ...key };
  const options = { method: "POST", headers, body: JSON.stringify(body), signal: stop.signal };
  return fetch(`${base}/v1/chat/completions`, options).finally(() => clearTimeout(late));
}

async function* events(body) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data:") && line.length > 6) yield line.slice(5).trim();
  }
}

const block = (value) => "\n\n```json\n" + JSON.stringify(value, null, 4) + "\n```";
