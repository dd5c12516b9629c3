# frozen_string_literal: true

# What the CronJobs call. Each enqueues one job and ends: their pods have no way to the database, and what the job does is
# tried again and seen in Sidekiq. The two jobs are the app's own.
namespace :events do
  desc 'Enqueues the job that reminds of events that begin soon'
  task enqueue_reminders: :environment do
    EventRemindersJob.perform_later
  end
end

namespace :maintenance do
  desc 'Enqueues the job that removes what is no longer needed from the database'
  task enqueue_cleanup: :environment do
    DatabaseCleanupJob.perform_later
  end
end
