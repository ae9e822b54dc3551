-- Why: a checkpoint remembers which commit it saw, not only its number, so that a log that was forked or restored from an
-- old copy and has grown again is told from the one that made the rows.

alter table checkpoints
    add column digest text;

comment on column checkpoints.digest is 'SHA-256 of the last commit that is in the rows, as the log stores it; none before the first.';
