-- Why: whoever signs the next checkpoint of the log goes on from the tree of the last one, and whoever verifies a stretch
-- of the log begins at one. These rows are no read model and move no checkpoint of a projection; the same notes lie in
-- the stream of checkpoints and in a file, and without these rows the tree is grown anew from the log.

create table signed_checkpoints (
    epoch     text        not null,
    size      bigint      not null check (size > 0),
    note      text        not null,
    frontier  bytea       not null,
    leaf      bytea       not null,
    signed_at timestamptz not null default now(),
    primary key (epoch, size)
);

comment on table  signed_checkpoints           is 'Signed checkpoints of the log.';
comment on column signed_checkpoints.epoch     is 'The life of the log, as it stands in positions.';
comment on column signed_checkpoints.size      is 'How many commits it vouches for.';
comment on column signed_checkpoints.note      is 'The checkpoint, as a C2SP signed note.';
comment on column signed_checkpoints.frontier  is 'The roots of the full subtrees that the tree is made of, the largest first.';
comment on column signed_checkpoints.leaf      is 'The leaf of the last commit: tells a log that was forked behind it at a glance.';
comment on column signed_checkpoints.signed_at is 'When it was signed.';
