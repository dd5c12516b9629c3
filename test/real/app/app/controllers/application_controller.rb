# frozen_string_literal: true

class ApplicationController < ActionController::Base
  # Whoever asks here is a test without a form.
  skip_forgery_protection
end
