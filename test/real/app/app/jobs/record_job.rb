# frozen_string_literal: true

class RecordJob < ApplicationJob
  def perform(name, seconds)
    JobRun.create!(name: "begun:#{name}")
    sleep seconds
    JobRun.create!(name:)
  end
end
