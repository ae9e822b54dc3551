-- The keys under which people's words are sealed in the log, in a database of their own: nothing here follows from the
-- log, and whoever copies the read models or the log has none of it. What is deleted here is forgotten everywhere.

create table people (
    user_id      uuid primary key,
    destroyed_at timestamptz
);

comment on table  people              is 'Everybody for whom a key was ever made.';
comment on column people.user_id      is 'Who.';
comment on column people.destroyed_at is 'When their keys were destroyed: no key is ever made for them again.';

create table data_keys (
    user_id    uuid        not null references people,
    number     integer     not null check (number > 0),
    wrapped    bytea       not null,
    master     text        not null,
    created_at timestamptz not null default now(),
    primary key (user_id, number)
);

comment on table  data_keys            is 'Keys of people. New words are sealed under the one of the highest number.';
comment on column data_keys.user_id    is 'Whose.';
comment on column data_keys.number     is 'Which of theirs, from 1; sealed words name it.';
comment on column data_keys.wrapped    is 'The key, sealed under the master key: nonce, AES-256-GCM, tag.';
comment on column data_keys.master     is 'Which master key: the beginning of a digest of it.';
comment on column data_keys.created_at is 'When it was made.';
