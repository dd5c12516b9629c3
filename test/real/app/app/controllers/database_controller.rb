# frozen_string_literal: true

# What a transaction through the pool must still mean.
class DatabaseController < ApplicationController
  # Nobody rescues it.
  def fail
    raise 'raised on purpose, for somebody@wustl.edu'
  end

  # What the setting is inside a transaction that sets it, and in the next one.
  def local
    inside = Post.transaction do
      Post.connection.execute("SET LOCAL statement_timeout = '4321ms'")
      Post.connection.select_value('SHOW statement_timeout')
    end
    # The same question would be answered by the cache of the request.
    render json: { inside:, after: Post.uncached { Post.connection.select_value('SHOW statement_timeout') } }
  end

  # How many posts have the title after a transaction that failed.
  def rolled_back
    Post.transaction do
      Post.create!(title: params.require(:title))
      raise ActiveRecord::Rollback
    end
    render json: Post.where(title: params[:title]).count
  end

  # Names of the statements that are prepared on the server connection of this request.
  def prepared
    names = Post.transaction do
      Post.find_by(id: 1)
      Post.connection.select_values('SELECT name FROM pg_prepared_statements')
    end
    render json: names
  end

  def slow
    Post.connection.select_value("SELECT pg_sleep(#{Float(params.require(:seconds))})")
    head :no_content
  end
end
