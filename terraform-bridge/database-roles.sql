-- The database roles of an environment on AWS. Run it as the master user, as often as you like: it makes what is missing
-- and sets what is there. docs/runbooks/database-roles.md says how, and where the passwords come from.
--
-- The app logs in as APP_ROLE, for example eren_a or eren_b, one at a time: a new password is given to the other one, and
-- whoever still holds the old one goes on working (docs/decisions/0017-migrations-are-a-sync-of-their-own.md). What
-- migrations make belongs to eren_owner, which cannot log in. Without DATADOG_PASSWORD there is no role for Datadog.
\set ON_ERROR_STOP on
\getenv app_role APP_ROLE
\getenv app_password APP_PASSWORD
\getenv datadog_password DATADOG_PASSWORD
select :'app_role' !~ '^[a-z0-9_]+_[ab]$' as misnamed \gset
\if :misnamed
  do $$ begin raise exception 'APP_ROLE has to end in _a or _b, of which one is in use at a time'; end $$;
\endif
select stem || '_owner' as owner, stem || '_a' as first, stem || '_b' as second
from regexp_replace(:'app_role', '_[ab]$', '') as stem \gset

begin;

select format('create role %I nologin', name)
from unnest(array[:'owner', :'first', :'second']) as name
where not exists (select from pg_roles where rolname = name) \gexec

alter role :"app_role" login password :'app_password';

-- What either makes belongs to the owner, whichever it was.
grant :"owner" to :"first", :"second", current_user;
alter role :"first" set role :"owner";
alter role :"second" set role :"owner";

alter schema public owner to :"owner";
select format('alter database %I owner to %I', current_database(), :'owner') \gexec
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to %I, %I', current_database(), :'first', :'second') \gexec
revoke all on schema public from public;
create extension if not exists pg_stat_statements;

\if :{?datadog_password}
  -- Datadog reads statistics and plans, and no table.
  select 'create role datadog nologin' where not exists (select from pg_roles where rolname = 'datadog') \gexec
  alter role datadog login password :'datadog_password' connection limit 1;
  select format('grant connect on database %I to datadog', current_database()) \gexec
  grant pg_monitor to datadog;
  -- The view of statements is in it; a table there is still closed to the role.
  grant usage on schema public to datadog;
  create schema if not exists datadog authorization :"owner";
  grant usage on schema datadog to datadog;
\endif

commit;
