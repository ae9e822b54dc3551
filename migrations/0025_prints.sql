-- Why: a client that sends no id of a conversation is recognised by the words that it sends back. They are looked up by
-- their digest, so that a text of any length costs one comparison.

alter table message_variants add column print bytea;

create index message_variants_of_words on message_variants (print);
create index conversations_of_company on conversations (user_id, character_ids);

comment on column message_variants.print is 'By which words it is known: SHA-256 of the text, normalised.';
