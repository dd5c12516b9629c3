# frozen_string_literal: true

# One row for each time that a job was done.
class JobRun < ApplicationRecord
end
