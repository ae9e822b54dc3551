-- Why: conversations come in from SillyTavern with narrators, with names that are not the speaker's own, and with messages
-- that the person sees and the model does not.

alter table messages
    drop constraint messages_speaker_check,
    add constraint messages_speaker_check check (speaker in ('user', 'character', 'narrator')),
    add column speaker_name text,
    add column hidden       boolean not null default false;

comment on column messages.speaker_name is 'Under which name it was said, where it is not the speaker''s own.';
comment on column messages.hidden       is 'Whether the model is not told it.';
