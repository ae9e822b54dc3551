-- Why: what the person could say next is asked of a model as a reply is, and is no message of the story: it has no row in
-- messages, and its words stand here.

alter table replies
    alter column message_id drop not null,
    add column proposal text;

-- A client that sends a proposal back is looked for among those of its owner.
create index replies_proposed on replies (user_id, conversation_id) where message_id is null;

comment on column replies.message_id      is 'The message that it is a variant of, or becomes; none where it is only proposed to the person.';
comment on column replies.turn_message_id is 'The message behind which it is said; none before anybody spoke.';
comment on column replies.proposal        is 'What it proposed that the person could say, whole or until it was cut short.';
