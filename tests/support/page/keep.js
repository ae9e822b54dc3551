// Where the page keeps its chats and settings: IndexedDB, by origin (facts/nextchat.md §9).

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("stand-in", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("state");
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

async function within(mode, does) {
  const store = (await opened).transaction("state", mode).objectStore("state");
  return new Promise((resolve, reject) => {
    const asked = does(store);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

export async function kept() {
  return (await within("readonly", (store) => store.get("all"))) ?? { sessions: [], current: 0, access: {} };
}

export const keeps = (state) => within("readwrite", (store) => store.put(state, "all"));
