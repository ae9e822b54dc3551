"""What somebody does with OpenAI's own package for Python, told as one line of JSON."""

import json

from openai import APIStatusError, OpenAI

# The address and the key come from the environment.
client = OpenAI(max_retries=0)


def asks(*said, model="Aqua", **more):
    roles = ["user", "assistant"]
    messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(said)]
    return client.chat.completions.create(model=model, messages=messages, **more)


def is_refused(request):
    try:
        request()
    except APIStatusError as error:
        return [type(error).__name__, error.status_code, error.type, error.code]
    return None


def words(chunk):
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


told = {"models": [model.id for model in client.models.list()], "model": client.models.retrieve("Aqua").id}

whole = asks("All at once, please")
told["whole"] = [whole.choices[0].message.content, whole.choices[0].finish_reason, whole.usage.total_tokens > 0]

chunks = list(asks("As it is said, please", stream=True, stream_options={"include_usage": True}))
told["first"] = chunks[0].choices[0].delta.role
told["streamed"] = ["".join(map(words, chunks)), chunks[-2].choices[0].finish_reason, chunks[-1].usage.total_tokens > 0]

stopped = asks("Tell me all of it", stream=True)
heard = next(filter(None, map(words, stopped)))
stopped.close()
told["heard"] = heard
told["went_on"] = asks("Tell me all of it", heard, "And then?").choices[0].message.content

told["refused"] = [
    is_refused(lambda: asks("Hello", model="Nobody")),
    is_refused(lambda: asks("Hello", model="Nobody", stream=True)),
    is_refused(lambda: asks(" ")),
    is_refused(lambda: client.with_options(api_key="sk-nobody").models.list()),
    is_refused(lambda: client.audio.speech.create(model="tts-1", voice="alloy", input="Hello")),
]

print(json.dumps(told))
