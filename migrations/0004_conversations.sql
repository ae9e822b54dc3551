-- Why: conversations are listed, and read back with every variant of every message; a reply is found by its id alone.
-- These four tables belong to one projection: a reply that ends becomes a variant of a message of a conversation, and an
-- event names only the reply.

create table conversations (
    id              uuid        primary key,
    user_id         uuid        not null,
    title           text,
    character_ids   uuid[]      not null,
    persona         jsonb,
    status          text        not null check (status in ('open', 'closed')),
    branched_from   jsonb,
    message_count   bigint      not null default 0,
    last_message_at timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         bigint      not null
);

create index conversations_newest on conversations (user_id, created_at desc, id desc);

comment on table  conversations                 is 'People and characters who talk with each other.';
comment on column conversations.id              is 'Its id.';
comment on column conversations.user_id         is 'Whose it is.';
comment on column conversations.title           is 'What it is called, if anything.';
comment on column conversations.character_ids   is 'Who takes part, in the order in which they speak.';
comment on column conversations.persona         is 'As whom the owner takes part.';
comment on column conversations.status          is 'Whether it goes on.';
comment on column conversations.branched_from   is 'The conversation that it left and the message of it after which.';
comment on column conversations.message_count   is 'How many messages its story has, deleted ones left out.';
comment on column conversations.last_message_at is 'When the last message was said.';
comment on column conversations.created_at      is 'When it began.';
comment on column conversations.updated_at      is 'When something last happened in it.';
comment on column conversations.version         is 'The sequence of the last commit in this row; its ETag.';

create table messages (
    id              uuid        primary key,
    conversation_id uuid        not null,
    ordinal         bigint      not null,
    speaker         text        not null check (speaker in ('user', 'character')),
    user_id         uuid,
    character_id    uuid,
    chosen          bigint      not null default 0,
    deleted_at      timestamptz,
    edited_at       timestamptz,
    created_at      timestamptz not null,
    version         bigint      not null,
    constraint messages_ordinal unique (conversation_id, ordinal)
);

comment on table  messages                 is 'What was said, in order; the words are in message_variants.';
comment on column messages.id              is 'Its id.';
comment on column messages.conversation_id is 'Where it was said.';
comment on column messages.ordinal         is 'Its place in the conversation, from 0.';
comment on column messages.speaker         is 'What kind of speaker says it.';
comment on column messages.user_id         is 'Who, if a person.';
comment on column messages.character_id    is 'Who, if a character.';
comment on column messages.chosen          is 'Which variant counts, from 0.';
comment on column messages.deleted_at      is 'When it left the story, if it did.';
comment on column messages.edited_at       is 'When its words were last changed, if they were.';
comment on column messages.created_at      is 'When it was first said.';
comment on column messages.version         is 'The sequence of the last commit in this row.';

create table message_variants (
    message_id uuid        not null,
    variant    bigint      not null,
    text       text        not null,
    reply_id   uuid        constraint message_variants_reply unique,
    finished   boolean     not null,
    created_at timestamptz not null,
    primary key (message_id, variant)
);

comment on table  message_variants            is 'The wordings of a message.';
comment on column message_variants.message_id is 'Of which message.';
comment on column message_variants.variant    is 'Which wording, from 0.';
comment on column message_variants.text       is 'The words.';
comment on column message_variants.reply_id   is 'The reply that brought them, if one did.';
comment on column message_variants.finished   is 'Whether the reply came to its end; a cancelled or failed one did not.';
comment on column message_variants.created_at is 'When it was said.';

create table replies (
    id              uuid        primary key,
    conversation_id uuid        not null,
    user_id         uuid        not null,
    character_id    uuid        not null,
    message_id      uuid        not null,
    turn_message_id uuid,
    stage           text        not null check (stage in ('requested', 'completed', 'failed', 'cancelled')),
    reason          text,
    sentence        text,
    attempt         bigint,
    run             bigint,
    variant         bigint,
    requested_at    timestamptz not null,
    ended_at        timestamptz,
    ended_sequence  bigint
);

create index replies_of_message on replies (message_id);

comment on table  replies                 is 'What characters were asked to say, and how it went.';
comment on column replies.id              is 'Its id.';
comment on column replies.conversation_id is 'Where.';
comment on column replies.user_id         is 'Whose conversation that is.';
comment on column replies.character_id    is 'Who was asked.';
comment on column replies.message_id      is 'The message that it is a variant of, or becomes.';
comment on column replies.turn_message_id is 'The message that it answers; none when the character opens the conversation.';
comment on column replies.stage           is 'How far it is.';
comment on column replies.reason          is 'Why it failed, as a stable name.';
comment on column replies.sentence        is 'Why it failed, for people.';
comment on column replies.attempt         is 'The attempt that ended it, from 1.';
comment on column replies.run             is 'The run of the worker that completed it; stream ids carry it.';
comment on column replies.variant         is 'Which variant of the message it brought, if it brought one.';
comment on column replies.requested_at    is 'When it was asked for.';
comment on column replies.ended_at        is 'When it ended.';
comment on column replies.ended_sequence  is 'The sequence of the commit that ended it.';
