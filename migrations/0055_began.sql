-- Why: a list of the past begins with what was there by then. When a row was created is told by clocks, which may go back; the
-- log does not, so the sequence of its first commit says it exactly. Rows of before are built anew by the versions of
-- their projections; until then they say 0, and are looked up in the log.

alter table characters
    add column began bigint not null default 0;
alter table conversations
    add column began bigint not null default 0;

comment on column characters.began    is 'The sequence of the commit by which it came in.';
comment on column conversations.began is 'The sequence of the commit by which it began.';
