-- Why: lorebooks are listed and searched, their entries are read page by page, and a character's books are found. What an
-- entry holds is kept as json, not jsonb: numbers and the order of keys stay as other programs spelt them, and a number
-- that is too large for Postgres to count with is still a number.

create table lorebooks (
    id                 uuid        primary key,
    user_id            uuid        not null,
    name               text        not null,
    description        text        not null,
    scan_depth         bigint,
    token_budget       bigint,
    recursive_scanning boolean,
    entry_count        bigint      not null default 0,
    entries_expected   bigint      not null,
    is_changed         boolean     not null,
    is_global          boolean     not null default false,
    is_active          boolean     not null default true,
    original_digest    text,
    original_format    text,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    version            bigint      not null
);

create index lorebooks_newest  on lorebooks (user_id, created_at desc, id desc);
create index lorebooks_by_name on lorebooks using gin (name gin_trgm_ops);

create table lorebook_entries (
    lorebook_id uuid   not null,
    uid         bigint not null,
    ordinal     bigint not null,
    entry       json   not null,
    primary key (lorebook_id, uid)
);

create index lorebook_entries_in_order on lorebook_entries (lorebook_id, ordinal);

create table lorebook_links (
    lorebook_id  uuid        not null,
    character_id uuid        not null,
    linked_at    timestamptz not null,
    primary key (lorebook_id, character_id)
);

create index lorebook_links_of_character on lorebook_links (character_id);

comment on table  lorebooks                    is 'What a world knows, entry by entry.';
comment on column lorebooks.id                 is 'Its id.';
comment on column lorebooks.user_id            is 'Whose it is.';
comment on column lorebooks.name               is 'What it is called.';
comment on column lorebooks.description        is 'What it is about, for people.';
comment on column lorebooks.scan_depth         is 'How many messages are searched for keys, where it says so.';
comment on column lorebooks.token_budget       is 'How many tokens its entries may take, where it says so.';
comment on column lorebooks.recursive_scanning is 'Whether entries may wake each other, where it says so.';
comment on column lorebooks.entry_count        is 'How many entries it has.';
comment on column lorebooks.entries_expected   is 'How many entries of its file have yet to arrive: 0 once it is whole.';
comment on column lorebooks.is_changed         is 'Whether it says something else than its file; true if it has none.';
comment on column lorebooks.is_global          is 'Whether it is for every conversation of its owner.';
comment on column lorebooks.is_active          is 'Whether it may be used: false once retired.';
comment on column lorebooks.original_digest    is 'SHA-256 of the file that it came from: the address in the object store.';
comment on column lorebooks.original_format    is 'Whose shape that file has, such as sillytavern.';
comment on column lorebooks.created_at         is 'When it came in.';
comment on column lorebooks.updated_at         is 'When it last changed.';
comment on column lorebooks.version            is 'The sequence of the last commit in this row; its ETag.';

comment on table  lorebook_entries             is 'What lorebooks know.';
comment on column lorebook_entries.lorebook_id is 'Of which lorebook.';
comment on column lorebook_entries.uid         is 'Its number, which no other entry of the lorebook has.';
comment on column lorebook_entries.ordinal     is 'Its place among the others; numbers of removed ones stay free.';
comment on column lorebook_entries.entry       is 'The whole entry.';

comment on table  lorebook_links               is 'For which characters lorebooks are.';
comment on column lorebook_links.lorebook_id   is 'Which lorebook.';
comment on column lorebook_links.character_id  is 'Which character.';
comment on column lorebook_links.linked_at     is 'Since when.';
