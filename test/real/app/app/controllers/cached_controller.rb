# frozen_string_literal: true

class CachedController < ApplicationController
  def show
    value = Rails.cache.fetch(params[:key]) { SecureRandom.hex(Integer(params.fetch(:bytes, '8'))) }
    render plain: value
  end
end
