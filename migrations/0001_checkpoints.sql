-- Why: rows and the place in the log up to which they speak move in one transaction, so that a commit which is delivered
-- twice, or to two projectors, takes effect once. What cannot be applied has a place with a name, not a line in a log.

create extension if not exists pg_trgm;

create table checkpoints (
    projection text        not null,
    version    integer     not null,
    epoch      text        not null,
    sequence   bigint      not null check (sequence >= 0),
    updated_at timestamptz not null default now(),
    primary key (projection, version)
);

comment on table  checkpoints            is 'How far each projection has read the log.';
comment on column checkpoints.projection is 'The name of the projection.';
comment on column checkpoints.version    is 'The version of its rules; a new one is built beside the old one.';
comment on column checkpoints.epoch      is 'The life of the log, as it stands in positions.';
comment on column checkpoints.sequence   is 'The last commit that is in the rows; 0 before the first.';
comment on column checkpoints.updated_at is 'When it last moved.';

create table parked (
    projection     text        not null,
    version        integer     not null,
    aggregate_kind text        not null,
    aggregate_id   uuid        not null,
    sequence       bigint      not null,
    reason         text        not null,
    parked_at      timestamptz not null default now(),
    primary key (projection, version, aggregate_kind, aggregate_id, sequence)
);

comment on table  parked                is 'Commits that a projection could not apply, and all later ones of the same aggregates.';
comment on column parked.projection     is 'The projection that could not.';
comment on column parked.version        is 'Its version.';
comment on column parked.aggregate_kind is 'The kind of aggregate, as it stands in subjects.';
comment on column parked.aggregate_id   is 'Which one.';
comment on column parked.sequence       is 'The commit.';
comment on column parked.reason         is 'Why, as a code and names of the schema; never anything out of the commit.';
comment on column parked.parked_at      is 'When it was parked.';
