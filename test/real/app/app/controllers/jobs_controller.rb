# frozen_string_literal: true

# Enqueues so many jobs of so many seconds; or for a moment, so many seconds from now.
class JobsController < ApplicationController
  def create
    options = { queue: params.fetch(:queue, 'default') }
    options[:wait] = Integer(params[:wait]).seconds if params.key?(:wait)
    Integer(params.fetch(:count, '1')).times do |number|
      RecordJob.set(**options).perform_later("#{params.require(:name)}-#{number}", params.fetch(:seconds, '0').to_f)
    end
    head :accepted
  end
end
