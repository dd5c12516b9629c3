# frozen_string_literal: true

class CreatePosts < ActiveRecord::Migration[7.2]
  def change
    create_table :posts do |table|
      table.string :title, null: false
      table.integer :views, null: false, default: 0
      table.timestamps
    end
    create_table :job_runs do |table|
      table.string :name, null: false, index: true
      table.timestamps
    end
  end
end
