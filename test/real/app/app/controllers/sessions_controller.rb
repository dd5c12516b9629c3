# frozen_string_literal: true

class SessionsController < ApplicationController
  def create
    session[:user] = params.require(:user)
    Platform::Metrics.user_active(session[:user])
    head :created
  end

  def show
    render plain: session[:user].to_s
  end
end
