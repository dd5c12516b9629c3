# frozen_string_literal: true

class RecordJob < ApplicationJob
  def perform(name, seconds)
    sleep seconds
    JobRun.create!(name:)
  end
end
