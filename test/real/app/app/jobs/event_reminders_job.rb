# frozen_string_literal: true

class EventRemindersJob < ApplicationJob
  queue_as :mailers

  def perform
    JobRun.create!(name: 'event-reminders')
  end
end
