-- Why: the product's specification has this table, a message and its answer in one row; its columns are exactly these.
-- It says what was asked and answered at the time: later edits and deletions are the transcript's business.

create table character_interactions (
    id               uuid        primary key,
    character_id     uuid        not null,
    user_id          uuid        not null,
    message          text,
    response         text,
    context_data     jsonb       not null,
    interaction_type text        not null check (interaction_type in ('message', 'regenerate', 'greeting', 'opening')),
    created_at       timestamptz not null
);

create index character_interactions_newest on character_interactions (user_id, character_id, created_at desc, id desc);

comment on table  character_interactions                  is 'A message to a character and its answer.';
comment on column character_interactions.id               is 'The id of the reply; of a greeting, that of its message.';
comment on column character_interactions.character_id     is 'Who answers.';
comment on column character_interactions.user_id          is 'Who asked.';
comment on column character_interactions.message          is 'What was said to it; none when it speaks first.';
comment on column character_interactions.response         is 'What it said; none until then.';
comment on column character_interactions.context_data     is 'The conversation, message, turn and reply; once it ended how, by which model, from which prompt (its hash).';
comment on column character_interactions.interaction_type is 'What kind of occasion it was.';
comment on column character_interactions.created_at       is 'When it was asked.';
