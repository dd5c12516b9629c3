# frozen_string_literal: true

Devise.setup do |config|
  require 'devise/orm/active_record'

  # Who may register: an address of the university, and of it alone. `validatable` refuses every other one, also when
  # somebody changes his, and `confirmable` sends the link that shows it is his.
  config.email_regexp = /\A[^@\s]+@(?:wustl|washu)\.edu\z/i
  config.case_insensitive_keys = [:email]
  config.strip_whitespace_keys = [:email]
  config.reconfirmable = true
  config.allow_unconfirmed_access_for = 0.days
  config.confirm_within = 3.days
  config.reset_password_within = 6.hours

  # An answer that says whether somebody is registered tells it to anybody.
  config.paranoid = true
  config.password_length = 12..128
  config.stretches = Rails.env.test? ? 1 : 12
  config.sign_out_via = :delete
  config.mailer_sender = Rails.application.config.action_mailer.default_options&.fetch(:from, nil)
end
