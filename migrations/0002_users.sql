-- Why: people see their own name, their keys and their settings. Nothing that opens a door is here: authentication folds the log.

create table users (
    id         uuid        primary key,
    name       text        not null,
    provider   jsonb       not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version    bigint      not null
);

comment on table  users            is 'The people of the house.';
comment on column users.id         is 'Their id.';
comment on column users.name       is 'What they are called.';
comment on column users.provider   is 'Which model answers them: the settings that are no secrets.';
comment on column users.created_at is 'When they were registered.';
comment on column users.updated_at is 'When something about them last changed.';
comment on column users.version    is 'The sequence of the last commit in this row.';

create table api_keys (
    id         uuid        primary key,
    user_id    uuid        not null,
    label      text        not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

create index api_keys_of_user on api_keys (user_id, created_at desc, id desc);

comment on table  api_keys            is 'The keys that people were given; neither the keys nor their hashes.';
comment on column api_keys.id         is 'The id of the key.';
comment on column api_keys.user_id    is 'Whose it is.';
comment on column api_keys.label      is 'What it is for, in their words.';
comment on column api_keys.created_at is 'When it was issued.';
comment on column api_keys.revoked_at is 'When it ceased to open the door, if it did.';
