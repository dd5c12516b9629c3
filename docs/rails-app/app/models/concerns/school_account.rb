# frozen_string_literal: true

# `include SchoolAccount` in User. Nobody gets in before the link in a mail to a school's address was opened.
module SchoolAccount
  extend ActiveSupport::Concern

  included do
    devise :database_authenticatable, :registerable, :confirmable, :recoverable, :validatable
  end

  # Devise sends mail within the request, where neither credentials nor an open port are; only Sidekiq may.
  def send_devise_notification(notification, *arguments)
    devise_mailer.public_send(notification, self, *arguments).deliver_later
  end
end
