-- Why: personas are listed, searched and shown. Who one is is kept as json, not jsonb: what other programs keep of it stays
-- as they spelt it.

create table personas (
    id                 uuid        primary key,
    user_id            uuid        not null,
    name               text        not null,
    title              text        not null,
    profile            json        not null,
    picture_digest     text,
    picture_media_type text,
    source_file        text,
    is_active          boolean     not null default true,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    version            bigint      not null
);

create index personas_newest  on personas (user_id, created_at desc, id desc);
create index personas_by_name on personas using gin (name gin_trgm_ops);

comment on table  personas                    is 'As whom people talk.';
comment on column personas.id                 is 'Its id.';
comment on column personas.user_id            is 'Whose it is.';
comment on column personas.name               is 'What it is called.';
comment on column personas.title              is 'What tells it from others of the name.';
comment on column personas.profile            is 'Who it is, all of it.';
comment on column personas.picture_digest     is 'SHA-256 of its picture: the address in the object store.';
comment on column personas.picture_media_type is 'What its picture is, such as image/png.';
comment on column personas.source_file        is 'The file by which the program that it was brought from knows it.';
comment on column personas.is_active          is 'Whether it may be chosen: false once retired.';
comment on column personas.created_at         is 'When it came in.';
comment on column personas.updated_at         is 'When it last changed.';
comment on column personas.version            is 'The sequence of the last commit in this row; its ETag.';
