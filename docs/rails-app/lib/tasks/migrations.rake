# frozen_string_literal: true

require_relative '../platform/database'

# Rails holds an advisory lock of its session while it migrates. Through the pool the lock would be taken on one connection
# and given back on another, or never.
namespace :db do
  task :refuse_pool do
    next unless Platform::Database.pooled?

    abort 'DATABASE_URL leads to the connection pool, and a migration needs a connection of its own: ' \
          'use the Job eren-migrations, which goes straight to the database.'
  end

  %w[migrate migrate:up migrate:down migrate:redo rollback forward prepare setup schema:load].each do |name|
    Rake::Task["db:#{name}"].enhance(['db:refuse_pool']) if Rake::Task.task_defined?("db:#{name}")
  end
end
