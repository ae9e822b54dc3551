-- Why: a client that sends no id of a conversation is recognised by the words that it sends back. They are looked up by
-- their digest, so that a text of any length costs one comparison.

create table prints (
    message_id      uuid   not null,
    variant         bigint not null,
    conversation_id uuid   not null,
    print           bytea  not null,
    primary key (message_id, variant)
);

create index prints_of_words on prints (print, conversation_id);
create index prints_of_conversation on prints (conversation_id);
create index conversations_of_company on conversations (user_id, character_ids);

comment on table  prints                 is 'By which words a message is known.';
comment on column prints.message_id      is 'Which message.';
comment on column prints.variant         is 'Which wording of it, from 0.';
comment on column prints.conversation_id is 'Where it was said.';
comment on column prints.print           is 'SHA-256 of the words, normalised.';
