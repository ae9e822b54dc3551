-- Why: characters are listed, searched and shown. The first columns are those of the product's specification, for whoever
-- reads the tables by its letter; those behind them are what our own interface needs.

create table characters (
    id                  uuid        primary key,
    user_id             uuid        not null,
    name                text        not null,
    description         text        not null,
    personality_data    jsonb       not null,
    avatar_url          text,
    voice_settings      jsonb       not null,
    memory_data         jsonb       not null default '{}',
    scenario_data       jsonb       not null,
    is_active           boolean     not null default true,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    tags                text[]      not null default '{}',
    profile             jsonb       not null,
    provider            jsonb       not null default '{}',
    avatar_digest       text,
    avatar_media_type   text,
    original_digest     text,
    original_media_type text,
    original_spec       text,
    version             bigint      not null
);

create index characters_newest  on characters (user_id, created_at desc, id desc);
create index characters_by_name on characters using gin (name gin_trgm_ops);
create index characters_by_tag  on characters using gin (tags);

comment on table  characters                     is 'Somebody invented, whom people talk with.';
comment on column characters.id                  is 'Its id.';
comment on column characters.user_id             is 'Whose it is.';
comment on column characters.name                is 'What it is called.';
comment on column characters.description         is 'Who it is.';
comment on column characters.personality_data    is 'Its traits: a summary, and the profile of the specification.';
comment on column characters.avatar_url          is 'Where its picture is served, on our own interface.';
comment on column characters.voice_settings      is 'What it sounds like.';
comment on column characters.memory_data         is 'What it remembers; empty until memories are.';
comment on column characters.scenario_data       is 'The circumstances in which one meets it.';
comment on column characters.is_active           is 'Whether it speaks: false once retired.';
comment on column characters.created_at          is 'When it came in.';
comment on column characters.updated_at          is 'When it last changed.';
comment on column characters.tags                is 'Words to find it by.';
comment on column characters.profile             is 'All parts of the character as they are revised, greetings and instructions included.';
comment on column characters.provider            is 'Which model speaks for it: the settings that are no secrets.';
comment on column characters.avatar_digest       is 'SHA-256 of its picture: the address in the object store.';
comment on column characters.avatar_media_type   is 'Such as image/png.';
comment on column characters.original_digest     is 'SHA-256 of the card that it came from: the address in the object store.';
comment on column characters.original_media_type is 'Such as image/png or application/json.';
comment on column characters.original_spec       is 'The version of the card format.';
comment on column characters.version             is 'The sequence of the last commit in this row; its ETag.';
