# frozen_string_literal: true

class DatabaseCleanupJob < ApplicationJob
  queue_as :maintenance

  def perform
    JobRun.create!(name: 'database-cleanup')
  end
end
