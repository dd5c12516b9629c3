# frozen_string_literal: true

# What of a request reaches the app.
class RequestsController < ApplicationController
  def show
    render json: { address: request.remote_ip, host: request.host, scheme: request.scheme }
  end

  # How many bytes of a body arrived.
  def create
    render plain: request.body.read.bytesize.to_s
  end
end
