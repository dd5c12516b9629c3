# frozen_string_literal: true

# PostgreSQL searches, no other service does. The column is made by PostgreSQL whenever a post changes, so no trigger and
# no job can forget it; the indexes are built while people write. Filling the column locks the table: for 5,000 posts a
# second. Without a transaction a second attempt finds what the first one left, which may be an index that is not valid.
class SearchEventPosts < ActiveRecord::Migration[7.2]
  disable_ddl_transaction!

  INDEXES = [[:searchable, { using: :gin }], [:event_category_id, {}], [%i[latitude longitude], {}]].freeze

  def up
    add_column :event_posts, :searchable, :virtual, type: :tsvector, stored: true, if_not_exists: true, as: <<~SQL.squish
      setweight(to_tsvector('english'::regconfig, coalesce(name, '')), 'A') ||
      setweight(to_tsvector('english'::regconfig, coalesce(description, '')), 'B')
    SQL
    INDEXES.each do |columns, options|
      remove_index :event_posts, columns, algorithm: :concurrently, if_exists: true
      add_index :event_posts, columns, algorithm: :concurrently, **options
    end
  end

  def down
    remove_column :event_posts, :searchable
  end
end
