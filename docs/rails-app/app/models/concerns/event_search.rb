# frozen_string_literal: true

# `include EventSearch` in EventPost: words of name and description, a category, a place, in any order and number.
module EventSearch
  extend ActiveSupport::Concern

  # Kilometres of a degree of latitude.
  DEGREE = 111.2

  included do
    include PgSearch::Model

    # By the column that the migration makes: without it PostgreSQL would read every post for every question.
    pg_search_scope :matching,
                    against: { name: 'A', description: 'B' },
                    using: { tsearch: { dictionary: 'english', prefix: true, tsvector_column: 'searchable' } }
    scope :in_category, ->(category) { where(event_category_id: category) }
    # A box, which the index answers; whoever wants a circle looks at what is left.
    scope :near, lambda { |latitude, longitude, kilometres|
      high = kilometres / DEGREE
      wide = high / Math.cos(latitude * Math::PI / 180)
      where(latitude: (latitude - high)..(latitude + high), longitude: (longitude - wide)..(longitude + wide))
    }
  end
end
