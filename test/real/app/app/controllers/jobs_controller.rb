# frozen_string_literal: true

# Enqueues so many jobs of so many seconds.
class JobsController < ApplicationController
  def create
    Integer(params.fetch(:count, '1')).times do |number|
      RecordJob.set(queue: params.fetch(:queue, 'default')).perform_later("#{params.require(:name)}-#{number}", params.fetch(:seconds, '0').to_f)
    end
    head :accepted
  end
end
