-- The database roles of an environment on AWS. Run it as the master user, as often as you like: it makes what is missing
-- and sets what is there. docs/runbooks/database-roles.md says how, and where the passwords come from.
--
-- eren_owner owns what migrations make and cannot log in. eren_a and eren_b are the two that the app logs in as, one at
-- a time: a new password is given to the other one, and whoever still holds the old one goes on working [decision 0017].
\set ON_ERROR_STOP on
\getenv app_role APP_ROLE
\getenv app_password APP_PASSWORD
\getenv datadog_password DATADOG_PASSWORD

begin;

select format('create role %I nologin', name)
from unnest(array['eren_owner', 'eren_a', 'eren_b', 'datadog']) as name
where not exists (select from pg_roles where rolname = name) \gexec

alter role :"app_role" login password :'app_password';
alter role datadog login password :'datadog_password' connection limit 1;

-- What either makes belongs to the owner, whichever it was.
grant eren_owner to eren_a, eren_b, current_user;
alter role eren_a set role eren_owner;
alter role eren_b set role eren_owner;

alter schema public owner to eren_owner;
select format('alter database %I owner to eren_owner', current_database()) \gexec
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to eren_a, eren_b, datadog', current_database()) \gexec
revoke all on schema public from public;

-- Datadog reads statistics and plans, and no table.
create extension if not exists pg_stat_statements;
grant pg_monitor to datadog;
-- The view of statements is in it; a table there is still closed to the role.
grant usage on schema public to datadog;
create schema if not exists datadog authorization eren_owner;
grant usage on schema datadog to datadog;

commit;
