// A stand-in for NextChat's page, written from facts/nextchat.md (the paragraphs are named below). It keeps the laws of
// the page towards its origin and its browser; how the page looks is no law.
import * as chat from "./chat.js";
import { kept, keeps } from "./keep.js";
import { merged } from "./sync.js";

const find = (id) => document.getElementById(id);
const state = await kept();
let offered = [];
let stop = null;

// As NextChat's ids: no crypto is needed, which a page in a network at home would not have.
const newId = () => Math.random().toString(36).slice(2);
const current = () => state.sessions[state.current];

// §3: what the page asks of its origin on every load.
async function start() {
  JSON.parse(self.__next_f.find(([kind]) => kind === 1)[1]);
  const json = (path, options) => fetch(path, options).then((answer) => answer.json());
  const [config, masks] = await Promise.all([
    json("/api/config", { method: "POST", body: null }),
    json("/masks.json"),
    json("/plugins.json"),
    json("/prompts.json"),
    fetch("/", { method: "POST", headers: { "Next-Action": "0".repeat(40), Accept: "text/x-component" }, body: "[]" }),
    navigator.serviceWorker?.register("/serviceWorker.js").then(() => navigator.serviceWorker.ready),
  ]);
  // Whether there is a newer one (§3), which the policy keeps from being asked.
  fetch("ELSEWHERE/tags").catch(() => {});
  find("made").src = URL.createObjectURL(new Blob([await (await fetch(find("inlined").src)).blob()]));
  localStorage.setItem("visited", "yes");
  offered = [...models(config.customModels), ...models(state.access.models ?? "")];
  find("model").replaceChildren(...offered.map((id) => new Option(id, id)));
  const all = [...masks.cn, ...masks.tw, ...masks.en];
  find("masks").replaceChildren(...all.map((mask) => button(mask.name, () => begin(mask))));
  for (const [id, value] of Object.entries(state.access)) find(id).value = value;
  show();
  document.documentElement.dataset.is = "ready";
}

// §2: `-all`, `+id@Provider`.
function models(list) {
  const entries = list.split(",").filter((entry) => entry.startsWith("+"));
  return entries.map((entry) => entry.slice(1).replace(/@[^@]*$/, ""));
}

function button(text, does) {
  const made = document.createElement("button");
  made.textContent = text;
  made.onclick = does;
  return made;
}

// §4: a session begins with a mask, whose greeting is its first bubble.
function begin(mask) {
  const session = { id: newId(), topic: mask.name, mask, messages: [], lastUpdate: Date.now() };
  state.sessions.unshift(session);
  state.current = 0;
  return changed();
}

async function changed() {
  show();
  await keeps(state);
}

function show() {
  const goes = (_, at) => () => ((state.current = at), changed());
  find("sessions").replaceChildren(
    ...state.sessions.map((session, at) => button(session.topic, goes(session, at))));
  const session = current();
  const said = session ? [...session.mask.context, ...session.messages] : [];
  find("bubbles").replaceChildren(...said.map(bubble));
  find("stop").hidden = stop === null;
}

function bubble({ role, content, streaming }) {
  const made = document.createElement("li");
  made.dataset.role = role;
  made.ariaBusy = Boolean(streaming);
  // §1.6: Markdown pictures in any reply are shown.
  const [before, address, after] = content.split(/!\[\]\(([^)]+)\)/);
  made.append(before);
  if (address) made.append(Object.assign(new Image(16, 16), { src: address, alt: "" }), after);
  return made;
}

async function say(text) {
  if (!current()) await begin({ name: "New Conversation", context: [], modelConfig: { model: find("model").value } });
  const session = current();
  const message = (role, content) => ({ id: newId(), date: new Date().toLocaleString(), role, content });
  const sent = message("user", text);
  const reply = { ...message("assistant", ""), streaming: true };
  const request = chat.history(session, sent);
  session.messages.push(sent, reply);
  stop = new AbortController();
  show();
  await chat.complete({ session, request, reply, access: state.access, stop, heard: show });
  reply.streaming = false;
  stop = null;
  session.lastUpdate = Date.now();
  await changed();
}

// §1.5: the message and its answer are taken out and said again at the end.
async function retry() {
  const { messages } = current();
  const at = messages.findLastIndex(({ role }) => role === "user");
  const [{ content }] = messages.splice(at, 2);
  await say(content);
}

// §6: by hand, fetched twice, merged here, uploaded as a whole; through the origin, or whoever is set as its proxy.
async function sync() {
  const { endpoint = "", key = "whatever" } = state.access;
  const folder = `${endpoint.replace(/\/$/, "")}/api/webdav/chatgpt-next-web`;
  const file = `${folder}/backup.json?endpoint=https%3A%2F%2Fdav.example%2F`;
  const headers = { Authorization: `Basic ${btoa(`anybody:${key}`)}` };
  await fetch(file, { headers });
  const remote = await (await fetch(file, { headers })).json();
  state.sessions = merged(state.sessions, remote["chat-next-web-store"]?.sessions ?? []);
  const body = JSON.stringify({
    "chat-next-web-store": { sessions: state.sessions, currentSessionIndex: state.current },
    "access-control": state.access, "app-config": {}, "mask-store": { masks: {} }, "prompt-store": { prompts: {} },
  });
  const put = await fetch(file, { method: "PUT", headers, body });
  await changed();
  find("sync").dataset.is = put.ok ? "done" : "failed";
}

find("send").onclick = () => say(find("input").value).finally(() => (find("input").value = ""));
find("stop").onclick = () => stop?.abort();
find("retry").onclick = retry;
find("sync").onclick = sync;
find("save").onclick = async () => {
  for (const id of ["endpoint", "key", "models"]) state.access[id] = find(id).value;
  await keeps(state);
  location.reload();
};
await start();
