// The merge of facts/nextchat.md §6: sessions by their ids, messages by theirs and sorted by their dates; nothing is lost.

export function merged(local, remote) {
  const all = new Map(local.map((session) => [session.id, session]));
  for (const session of remote) {
    const known = all.get(session.id);
    all.set(session.id, known ? { ...known, messages: together(known.messages, session.messages) } : session);
  }
  return [...all.values()];
}

function together(local, remote) {
  const ids = new Set(local.map(({ id }) => id));
  const both = [...local, ...remote.filter(({ id }) => !ids.has(id))];
  return both.sort((one, other) => new Date(one.date) - new Date(other.date));
}
