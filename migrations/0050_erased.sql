-- Why: a person who was erased is in no row, and stays out, whatever of theirs stands later in the log. Every projection
-- remembers it for itself, so that each can be built anew alone. Of a history that comes in before its conversation
-- begins, the messages have to say whose they are: it may never begin.

create table erased (
    projection text not null,
    user_id    uuid not null,
    primary key (projection, user_id)
);

comment on table  erased            is 'People who were erased: commits of theirs are passed over.';
comment on column erased.projection is 'The projection that has forgotten them.';
comment on column erased.user_id    is 'Who: nothing but the id.';

alter table messages
    add column owner_id uuid;

comment on column messages.owner_id is 'Whose conversation it will be in, for messages that came in before it began.';

create index messages_owner on messages (owner_id) where owner_id is not null;
