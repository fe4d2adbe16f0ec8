Feature: A session goes on until the member ends it

  Scenario: Sessions last through many requests
    Given traffic at 50 TPS for 7 s
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response status is 200
    And the response identifies the member by JSON "$.memberId" as member_id
    Then every session survives
    And no member sees another member's data

  @fresh-session
  Scenario: Members sign in and out again and again
    Given traffic at 50 TPS for 7 s
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id
    When the member signs out with DELETE "/session"
    Then the response status is 204
    When the member sends GET "/me"
    Then the response status is 401
