// What somebody does with OpenAI's own package for Node, told as one line of JSON.

import OpenAI from "openai";

// The address and the key come from the environment.
const client = new OpenAI({ maxRetries: 0 });

const asks = (said, more = {}, options = {}) => {
  const messages = said.map((content, at) => ({ role: at % 2 ? "assistant" : "user", content }));
  return client.chat.completions.create({ model: "Aqua", messages, ...more }, options);
};

const isRefused = async (request) => {
  try {
    await request();
    return null;
  } catch (error) {
    return [error.constructor.name, error.status, error.type, error.code];
  }
};

const words = (chunk) => chunk.choices[0]?.delta.content ?? "";

const told = { models: [] };
for await (const model of client.models.list()) told.models.push(model.id);
told.model = (await client.models.retrieve("Aqua")).id;

const whole = await asks(["All at once, please"]);
told.whole = [whole.choices[0].message.content, whole.choices[0].finish_reason, whole.usage.total_tokens > 0];

const chunks = [];
const streamed = await asks(["As it is said, please"], { stream: true, stream_options: { include_usage: true } });
for await (const chunk of streamed) chunks.push(chunk);
told.first = chunks[0].choices[0].delta.role;
told.streamed = [
  chunks.map(words).join(""),
  chunks.at(-2).choices[0].finish_reason,
  chunks.at(-1).usage.total_tokens > 0,
];

const stop = new AbortController();
told.heard = "";
for await (const chunk of await asks(["Tell me all of it"], { stream: true }, { signal: stop.signal })) {
  told.heard += words(chunk);
  if (told.heard) stop.abort();
}
const wentOn = await asks(["Tell me all of it", told.heard, "And then?"]);
told.went_on = wentOn.choices[0].message.content;

told.refused = [
  await isRefused(() => asks(["Hello"], { model: "Nobody" })),
  await isRefused(() => asks(["Hello"], { model: "Nobody", stream: true })),
  await isRefused(() => asks([" "])),
  await isRefused(() => client.withOptions({ apiKey: "sk-nobody" }).models.list()),
  await isRefused(() => client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "Hello" })),
];

console.log(JSON.stringify(told));
